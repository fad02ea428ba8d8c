"""An empty landing folder for each test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from landing_folder import Landing


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    """An empty home."""
    return Landing(tmp_path)


@pytest.fixture
def new_landing(tmp_path: Path) -> Callable[[str], Landing]:
    """Several homes in one test."""

    def make(name: str) -> Landing:
        (tmp_path / name).mkdir()
        return Landing(tmp_path / name)

    return make
