"""A home folder, and published homes that are built once and shared with the other folders."""

from pathlib import Path

import pytest
from orchestration.published_homes import *  # noqa: F403


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
