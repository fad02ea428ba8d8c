"""One small company, published once; every test breaks a copy of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from end_to_end.pipeline_runs import ROOT, add_rows, copy_home, read_rows, run_pipeline

from icp_pipeline.sample.made_up_ids import OPPORTUNITY, salesforce_ids
from icp_pipeline.sample.write import write_sample


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """After the first run."""
    home = tmp_path_factory.mktemp("faults") / "home"
    write_sample(home, accounts=200, events=1_000)
    shutil.copy(ROOT / "data" / "icp.yaml", home)
    run_pipeline(home)
    return home


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company large enough to have criteria: its accounts have tiers."""
    home = tmp_path_factory.mktemp("scored") / "home"
    write_sample(home, accounts=500, events=1_000)
    shutil.copy(ROOT / "data" / "icp.yaml", home)
    run_pipeline(home)
    return home


@pytest.fixture(scope="session")
def clean(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """After a second run that met no fault: what every mended home must look like."""
    home = new_deal(copy_home(published, tmp_path_factory.mktemp("clean") / "home"))
    run_pipeline(home)
    return home


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    """A published home to break, with one more row than when it was published: a run has something to do."""
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
    """A folder that every user may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="icp_faults_"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink() and os.access(path, os.F_OK):
            path.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
