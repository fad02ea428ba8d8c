"""Published homes that many tests look at, made once; a test that breaks something takes a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pipeline_runs import ROOT, Ran, copy_home, run_pipeline

from icp_pipeline.sample.write import write_sample


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The sample company that the project ships, landed and published."""
    home = tmp_path_factory.mktemp("shipped")
    shutil.copytree(ROOT / "data" / "landing", home / "landing")
    for name in ("icp.yaml", "content.yaml", "planted_truth.json"):
        shutil.copy(ROOT / "data" / name, home)
    return home, run_pipeline(home)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small made-up company in all vendors' formats, published once."""
    home = tmp_path_factory.mktemp("small") / "home"
    write_sample(home, accounts=300, events=3_000)
    shutil.copy(ROOT / "data" / "icp.yaml", home)
    run_pipeline(home)
    return home


@pytest.fixture
def copied(small: Path, tmp_path: Path) -> Path:
    """A copy of the small company, published, to be broken."""
    return copy_home(small, tmp_path / "home")
