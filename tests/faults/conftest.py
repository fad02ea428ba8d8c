"""One small company, published once; every test breaks its own copy."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from end_to_end.pipeline_runs import add_rows, copy_home, published_sample, read_rows, run_pipeline
from orchestration.published_homes import Shared

from icp_pipeline.sample.made_up_ids import OPPORTUNITY, salesforce_ids


@pytest.fixture(scope="session")
def published(shared: Shared) -> Path:
    """The home after the first run."""
    return shared("faults", lambda folder: published_sample(folder / "home", 200, 1_000)) / "home"


@pytest.fixture(scope="session")
def scored(shared: Shared) -> Path:
    """A company large enough to have criteria, so its accounts have tiers."""
    return shared("scored", lambda folder: published_sample(folder / "home", 500, 1_000)) / "home"


@pytest.fixture(scope="session")
def clean(published: Path, shared: Shared) -> Path:
    """The home after a second run without a fault: every repaired home must look like it."""

    def build(folder: Path) -> None:
        run_pipeline(new_deal(copy_home(published, folder / "home")))

    return shared("clean", build) / "home"


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    """A published home to break, with one new row, so that the next run has something to do."""
    return new_deal(copy_home(published, tmp_path / "home"))


def new_deal(home: Path) -> Path:
    """Land one more won deal."""
    path = home / "landing" / "salesforce" / "Opportunity.csv"
    header, rows = read_rows(path)
    won = next(dict(zip(header, row, strict=True)) for row in rows if row[header.index("ISWON")] == "true")
    add_rows(path, {**won, "ID": str(salesforce_ids(OPPORTUNITY, np.arange(5_000_000, 5_000_001))[0])})
    return home


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="icp_faults_"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink() and os.access(path, os.F_OK):
            path.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
