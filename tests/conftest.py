"""Fixtures that several rooms share."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from filelock import FileLock

from icp_pipeline.models.graph import load_models
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName

# The time an example takes depends more on the machine than on the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spark's tests, each of which takes minutes, come first: one begun last leaves the other worker idle."""
    items.sort(key=lambda item: item.path.parent.name != "spark")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Slow tests are skipped once the clock passes ICP_TESTS_SLOW_UNTIL (epoch seconds): `.ci/run` has a time limit."""
    until = os.environ.get("ICP_TESTS_SLOW_UNTIL")
    if until and time.time() > float(until) and item.get_closest_marker("slow"):
        pytest.skip("no time was left for it")


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


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[[str, Callable[[Path], object]], Path]:
    """A folder by name, made by the first worker that asks; others wait for it."""
    base = tmp_path_factory.getbasetemp()
    root = base if worker_id == "master" else base.parent

    def make(name: str, build: Callable[[Path], object]) -> Path:
        folder = root / f"shared_{name}"
        with FileLock(str(folder) + ".lock"):
            if not (folder / "done.json").exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                said = build(folder)
                (folder / "done.json").write_text(json.dumps(said), encoding="utf-8")
        return folder

    return make
