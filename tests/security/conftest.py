"""A small company's files, to be made hostile or filled with personal data."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from icp_pipeline.home import PROJECT
from icp_pipeline.sample.write import write_sample


@pytest.fixture
def landed(tmp_path: Path) -> Path:
    """A home without any run yet."""
    home = tmp_path / "home"
    write_sample(home, accounts=200, events=1_500)
    shutil.copy(PROJECT / "data" / "icp.yaml", home)
    return home
