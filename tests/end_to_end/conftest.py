"""Published homes that many tests read, made once; a test that breaks something takes a copy."""

from __future__ import annotations

from pathlib import Path

import pytest
from orchestration.published_homes import Shared, State, first_run, sample_home
from pipeline_runs import copy_home, published_sample

__all__ = ["first_run", "sample_home"]


@pytest.fixture(scope="session")
def shipped(first_run: State) -> Path:
    """The sample company that the project ships, landed and published."""
    return first_run.home.root


@pytest.fixture(scope="session")
def small(shared: Shared) -> Path:
    """A small made-up company in all vendors' formats, published once."""
    return shared("small", lambda folder: published_sample(folder / "home", 300, 3_000)) / "home"


@pytest.fixture
def copied(small: Path, tmp_path: Path) -> Path:
    """A published copy of the small company, to be broken."""
    return copy_home(small, tmp_path / "home")
