"""A second run copies what is as it was, and builds everything that could differ; the result is the same either way."""

from __future__ import annotations

import datetime
from pathlib import Path

import duckdb
import pytest
from pipeline_runs import AS_OF, run_pipeline

from icp_pipeline.home import Home
from icp_pipeline.orchestration.run import Run
from icp_pipeline.sample.write import write_sample
from icp_pipeline.warehouse import publish as warehouse
from icp_pipeline.warehouse.build import Build

TABLES = ("core.accounts", "outcomes.customer_scores", "segments.segment_lift", "icp.account_scores")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_sample(tmp_path, accounts=150, events=500)
    (tmp_path / "icp.yaml").write_text(AS_OF, encoding="utf-8")
    run_pipeline(tmp_path)
    return tmp_path


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tables that were really built since the fixture was asked for."""
    names: list[str] = []
    original = Build.build

    def build(self: Build, model):
        names.append(str(model.name))
        return original(self, model)

    monkeypatch.setattr(Build, "build", build)
    return names


def content(home: Path) -> dict[str, list]:
    with duckdb.connect(str(home / "warehouse" / "icp.duckdb"), read_only=True) as connection:
        return {table: connection.execute(f"select * from {table} order by all").fetchall() for table in TABLES}


def test_an_unchanged_home_builds_only_what_history_moved(home: Path, built: list[str]) -> None:
    before = content(home)
    run_pipeline(home)
    assert not [name for name in built if name.split(".")[0] in ("staging", "core", "outcomes", "segments")]
    built.clear()
    run_pipeline(home)
    assert set(built) <= {"exports.changes"}, "the third run has the same history of tiers as the second"
    assert content(home) == before


def test_another_day_builds_everything_again(home: Path, built: list[str]) -> None:
    run_pipeline(home, as_of=datetime.date(2026, 11, 22), accept="another day")
    assert {"staging.salesforce_accounts", *TABLES} <= set(built)


def test_a_changed_setting_builds_everything_again(home: Path, built: list[str]) -> None:
    (home / "icp.yaml").write_text(AS_OF + "bands: {a: 2.5}\n", encoding="utf-8")
    run_pipeline(home, accept="other bands")
    assert set(TABLES) <= set(built)


def test_a_changed_file_builds_everything_again(home: Path, built: list[str]) -> None:
    path = home / "landing" / "nps" / "responses.csv"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-5]))
    run_pipeline(home)
    assert set(TABLES) <= set(built)


def test_a_changed_model_is_built_again_with_all_that_reads_it(
    home: Path, built: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Run.graph.func  # type: ignore[attr-defined]

    def edited(self: Run):
        graph = original(self)
        for name, model in graph.models.items():
            if str(name) == "outcomes.metric_ranks":
                object.__setattr__(model, "sql", model.sql + "\n-- edited")
        return graph

    monkeypatch.setattr(Run, "graph", property(edited))
    run_pipeline(home)
    assert {"outcomes.metric_ranks", "outcomes.customer_scores", "segments.segment_lift"} <= set(built)
    assert "core.accounts" not in built


def test_after_a_rollback_nothing_is_taken_over(home: Path, built: list[str]) -> None:
    run_pipeline(home)
    warehouse.rollback(home, warehouse.versions(home)[-1].run_id)
    built.clear()
    run_pipeline(home)
    assert set(TABLES) <= set(built)
    assert Home(home).live.exists()
