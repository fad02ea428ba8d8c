"""Models that another engine builds: what it is handed, what becomes of its files, and what DuckDB makes again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_runs import record_run, settings_tables

from icp_pipeline import duck
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.rebuild.fingerprints import Fingerprints
from icp_pipeline.warehouse import handover, shown_files
from icp_pipeline.warehouse.build import open_build
from icp_pipeline.warehouse.engine import Inputs
from icp_pipeline.warehouse.paths import live_path, shown_dir, work_dir
from icp_pipeline.warehouse.publish import publish

_DAYS = """-- Usage by day. #by[usage_date]
select
    -- When.
    usage_daily.usage_date,
    -- How much.
    cast(sum(usage_daily.events) as bigint) as events
from lake.usage_daily
group by usage_daily.usage_date
"""
_TOTALS = """-- Usage in all.
select
    -- How much.
    cast(sum(days.events) as bigint) as events,
    -- Runs before.
    (select count(*) from history.runs) as runs
from core.days
"""
_ROWS = "select cast(usage_date as varchar), events from core.days order by all"


class Elsewhere:
    """An engine that has files alone: a DuckDB of its own, in which every table is what it was handed."""

    version = "Elsewhere 1"

    def __init__(self, folder: Path, *makes: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.chosen = folder, {TableName.parse(name) for name in makes}
        self.handed: list[tuple[str, list[Path]]] = []
        self.interrupted = 0

    def makes(self, model: Model) -> bool:
        return model.name in self.chosen

    def make(self, model: Model, columns: Mapping[str, str], inputs: Inputs) -> list[Path]:
        with duckdb.connect() as connection:
            for name in model.depends_on:
                rows = inputs(name)
                self.handed.append((str(name), list(rows.files)))
                listed = ", ".join(f"'{path}'" for path in rows.files)
                connection.execute(f"create schema if not exists {name.schema}")
                connection.execute(f"create view {name} as from read_parquet([{listed}])")
            assert [row[0] for row in connection.execute(f"describe {model.sql}").fetchall()] == list(columns)
            path = self.folder / f"{model.name}.{len(self.handed)}.parquet"
            connection.execute(f"copy (\n{model.sql}\n) to '{path}' (format parquet)")
        return [path]

    def interrupt(self) -> None:
        self.interrupted += 1


@pytest.fixture
def days(make_model: Callable[[str, str], Model]) -> Model:
    return make_model("core.days", _DAYS)


@pytest.fixture
def totals(make_model: Callable[[str, str], Model], days: Model) -> Model:
    return make_model("core.totals", _TOTALS)


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "LARGE_BYTES", 1)
    monkeypatch.setattr(shown_files, "LARGE_BYTES", 1 << 30)


def landed(home: Path, entry: str, events: int) -> Path:
    path = home / "lake" / "files" / entry / "usage_daily.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {"group_id": None, "user_id": entry, "usage_date": date(2026, 7, 1), "events": events}
    pq.write_table(pa.Table.from_pylist([row | {"source_path": entry, "source_line": None}]), path)
    return path


def night(home: Path, run_id: str, files: list[Path], *models: Model, makes: tuple[str, ...] = (), **options: bool):
    """Publish a run of these models, of which the engine makes some; returns the engine."""
    keeps_views, from_live = options.get("keeps_views", True), options.get("from_live", False)
    with open_build(home, run_id, from_live, [work_dir(home)]) as build:
        engine = Elsewhere(work_dir(home) / "elsewhere", *makes)
        build.attach_inputs({"usage_daily": files}, settings_tables())
        if makes:
            build.build_on(engine, keeps_views)
        for model in models:
            assert build.build(model) == 1
        record_run(build, run_id)
        build.close()
        publish(home, run_id, keep=2)
    return engine


def asked(home: Path, sql: str = _ROWS) -> list[tuple]:
    with duckdb.connect(str(live_path(home)), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def views_of(home: Path) -> list[str]:
    return [name for (name,) in asked(home, "select view_name from duckdb_views() where not internal")]


def kept(home: Path) -> list[Path]:
    return [path for path in shown_dir(home).rglob("*") if path.is_file()]


def test_small_results_are_tables_of_the_work_file_with_their_meaning(home: Path, days: Model) -> None:
    engine = night(home, "r1", [landed(home, "a", 3), landed(home, "b", 4)], days, makes=("core.days",))
    assert asked(home) == [("2026-07-01", 7)]
    assert not views_of(home) and not kept(home)
    assert asked(home, "select data_type, comment from duckdb_columns() where table_name = 'days'") == [
        ("DATE", "When."),
        ("BIGINT", "How much."),
    ]
    assert [name for name, _ in engine.handed] == ["lake.usage_daily"]
    assert not engine.folder.exists() or not live_path(home).resolve().is_relative_to(engine.folder)


def test_large_results_are_views_on_files_named_by_content_and_go_with_the_last_version(
    home: Path, days: Model, everything_is_large: None
) -> None:
    night(home, "r1", [landed(home, "a", 3)], days, makes=("core.days",))
    assert asked(home) == [("2026-07-01", 3)] and views_of(home) == ["days"]
    (first,) = kept(home)
    assert (first.parent.name, first.stat().st_mode & 0o777) == ("core.days", 0o444)
    night(home, "r2", [landed(home, "a", 3)], days, makes=("core.days",))
    assert kept(home) == [first], "the same rows are the same file"
    night(home, "r3", [landed(home, "b", 9)], days, makes=("core.days",))
    assert len(kept(home)) == 2 and asked(home) == [("2026-07-01", 9)]
    night(home, "r4", [landed(home, "b", 9)], days, makes=("core.days",))
    assert first not in kept(home) and len(kept(home)) == 1, "r3 and r4 are kept, which show the second"


def test_where_views_are_not_wanted_a_large_result_is_copied_in(
    home: Path, days: Model, everything_is_large: None
) -> None:
    night(home, "r1", [landed(home, "a", 3)], days, makes=("core.days",), keeps_views=False)
    assert asked(home) == [("2026-07-01", 3)] and not views_of(home) and not kept(home)


def test_either_engine_takes_over_what_the_other_made(
    home: Path, days: Model, totals: Model, everything_is_large: None
) -> None:
    both = ("core.days", "core.totals")
    files = [landed(home, "a", 3)]
    for number, makes in enumerate([both, (), both, ()], start=1):
        night(home, f"r{number}", files, days, totals, makes=makes, from_live=number > 1)
        assert sorted(views_of(home)) == (["days", "totals"] if makes else []), "a view becomes a table, and back"
        assert asked(home) == [("2026-07-01", 3)]
        assert asked(home, "from core.totals") == [(3, number - 1)], "history is as the run has it"


def test_what_stands_in_files_is_handed_over_as_it_is_and_the_rest_is_copied_once(
    home: Path, days: Model, totals: Model, everything_is_large: None
) -> None:
    files = [landed(home, "a", 3)]
    night(home, "r1", files, days, makes=("core.days",))
    with open_build(home, "r2", True, [work_dir(home)]) as build:
        build.attach_inputs({"usage_daily": files}, settings_tables())
        engine = Elsewhere(work_dir(home) / "elsewhere", "core.totals")
        build.build_on(engine)
        build.build(totals)
        files_of_days = [path for path in kept(home) if path.parent.name == "core.days"]
        assert dict(engine.handed)["core.days"] == files_of_days, "it was made elsewhere in an earlier run"
        record_run(build, "r2")
        with build.beside() as other:
            other.build(totals)
            assert other.row("from core.totals") == (3, 2), "history is handed over anew: the run adds to it"
            other.interrupt()
            assert engine.interrupted == 1


def test_its_version_is_part_of_what_a_table_was_made_by_and_no_part_is_rebuilt(days: Model, tmp_path: Path) -> None:
    engine = Elsewhere(tmp_path, "core.days")
    usage = TableName("lake", "usage_daily")
    before = Fingerprints({usage: "u1"}, {}, "r1", engine)
    before.decide(days)
    assert before.made[days.name].engine == "Elsewhere 1"
    assert Fingerprints({usage: "u1"}, before.made, "r2", engine).decide(days).action == "unchanged"
    engine.version = "Elsewhere 2"
    later = Fingerprints({usage: "u1"}, before.made, "r2", engine).decide(days)
    assert (later.action, later.reason) == ("rebuilt", "engine changed (was Elsewhere 1)")
    on_duckdb = Fingerprints({usage: "u1"}, before.made, "r2").decide(days)
    assert on_duckdb.reason == "engine changed (was Elsewhere 1)"
    assert Fingerprints({usage: "u1"}, before.made, "r2").made == {} and duck.BUILDS_AS not in str(before.made)
