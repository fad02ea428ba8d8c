"""Fixtures that several rooms share."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def sql_dir() -> Path:
    """The project's own models."""
    return ROOT / "sql"
