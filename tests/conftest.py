"""Fixtures that several rooms share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from icp_pipeline.models.graph import load_models
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def sql_dir() -> Path:
    """The project's own models."""
    return ROOT / "sql"


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[[str, str], Model]:
    """A model from its name and `select` text."""

    def make(name: str, sql: str) -> Model:
        table = TableName.parse(name)
        path = tmp_path / "sql" / table.schema / f"{table.table}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql, encoding="utf-8")
        return load_models(tmp_path / "sql")[table]

    return make
