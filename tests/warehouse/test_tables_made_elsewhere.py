"""Models that another engine builds: its inputs, what happens to its files, and what DuckDB rebuilds."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_runs import record_run, settings_tables

from icp_pipeline import duck
from icp_pipeline.catalog.inputs import inputs_of
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.rebuild.fingerprints import Fingerprints, input_hashes, recorded_fingerprints
from icp_pipeline.rebuild.rebuild import Rebuild
from icp_pipeline.warehouse import handover, shown_files
from icp_pipeline.warehouse.build import open_build
from icp_pipeline.warehouse.engine import ANY, Inputs, Made, Part
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
_DAY = date(2026, 7, 1)
_ROWS = "select cast(usage_date as varchar), events from core.days order by all"


class Elsewhere:
    """An engine with only files: its own DuckDB, in which every table is what it received."""

    version = "Elsewhere 1"

    def __init__(self, folder: Path, *makes: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.chosen = folder, {TableName.parse(name) for name in makes}
        self.handed: list[tuple[str, list[Path]]] = []
        self.days: list[list[str]] = []
        # Whether it writes one file per day.
        self.apart = True
        self.interrupted = 0

    def makes(self, model: Model) -> bool:
        return model.name in self.chosen

    def make(self, model: Model, columns: Mapping[str, str], inputs: Inputs, part: Part | None = None) -> Made:
        with duckdb.connect() as connection:
            for name in model.depends_on:
                rows = inputs(name)
                self.handed.append((str(name), list(rows.files)))
                listed = ", ".join(f"'{path}'" for path in rows.files)
                connection.execute(f"create schema if not exists {name.schema}")
                chosen = f"where {_of(part)}" if part and name in part.inputs else ""
                connection.execute(f"create view {name} as from read_parquet([{listed}]) {chosen}")
            assert [row[0] for row in connection.execute(f"describe {model.sql}").fetchall()] == list(columns)
            made = self.folder / f"{model.name}.{len(self.handed)}"
            chosen = f"where {_of(part)}" if part else ""
            connection.execute(f"create table made as select * from (\n{model.sql}\n) {chosen}")
            if not (model.builds_partitions and self.apart):
                connection.execute(f"copy made to '{made}.parquet' (format parquet)")
                return {ANY: [made.with_name(f"{made.name}.parquet")]}
            days = [day for (day,) in connection.execute("select distinct usage_date::text from made").fetchall()]
            self.days.append(sorted(days))
            for day in days:
                chosen = f"from made where usage_date = '{day}'"
                connection.execute(f"copy ({chosen}) to '{made}.{day}.parquet' (format parquet)")
        return {day: [made.with_name(f"{made.name}.{day}.parquet")] for day in days}

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


def _of(part: Part) -> str:
    return f"{part.column} in ({', '.join(repr(partition) for partition in sorted(part.partitions))})"


def landed(home: Path, entry: str, events: int, day: date = _DAY) -> Path:
    path = home / "lake" / "files" / entry / "usage_daily.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {"group_id": None, "user_id": entry, "usage_date": day, "events": events}
    pq.write_table(pa.Table.from_pylist([row | {"source_path": entry, "source_line": None}]), path)
    return path


def night(home: Path, run_id: str, files: list[Path], *models: Model, makes: tuple[str, ...] = (), **options: bool):
    """Publish a run of these models, some of them built by the engine; return the engine."""
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


@pytest.mark.parametrize("is_large", [True, False])
def test_only_days_that_changed_are_made_and_files_of_the_others_stand(
    home: Path, days: Model, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    monkeypatch.setattr(handover, "LARGE_BYTES", 1 if is_large else 1 << 30)
    july = [landed(home, f"d{day}", day, date(2026, 7, day)) for day in range(1, 11)]
    before = by_days(home, "r1", july, days)
    assert before.days == [[f"2026-07-{day:02d}" for day in range(1, 11)]] and len(kept(home)) == 10 * is_large
    first = files_by_day(home)
    changes = {
        "a new day": ([*july, landed(home, "d11", 11, date(2026, 7, 11))], ["2026-07-11"]),
        "an old day that changed": ([landed(home, "late", 5), *july], ["2026-07-01"]),
        "a day that vanished": (july[1:], []),
        "a day that came in another file with the same rows": ([landed(home, "d1", 1), *july[1:]], None),
    }
    for number, (what, (files, made)) in enumerate(changes.items()):
        version = f"r{2 * number + 2}"
        after = by_days(home, version, files, days)
        assert after.days == ([made] if made is not None else []), what
        rows = asked(home)
        changed = {day for day, path in files_by_day(home).items() if first.get(day) != path}
        assert changed == (set(made or []) if is_large else set()), f"{what}: all other files are those of before"
        assert rows == summed(files), f"{what}: as if the whole had been built"
        by_days(home, f"r{2 * number + 3}", july, days)
        assert asked(home) == summed(july) and files_by_day(home) == first, f"{what}: and back again"
    assert {path.stat().st_mode & 0o777 for path in kept(home)} == ({0o444} if is_large else set())


def test_days_are_made_again_as_a_whole_where_files_hold_several(
    home: Path, days: Model, everything_is_large: None
) -> None:
    july = [landed(home, f"d{day}", day, date(2026, 7, day)) for day in range(1, 11)]
    by_days(home, "r1", july, days, apart=False)
    assert len(kept(home)) == 1
    engine = by_days(home, "r2", [*july, landed(home, "d11", 11, date(2026, 7, 11))], days)
    assert len(engine.days[0]) == 11 and len(files_by_day(home)) == 11


def test_days_that_stood_in_files_become_a_table_where_files_are_no_longer_kept(
    home: Path, days: Model, everything_is_large: None
) -> None:
    july = [landed(home, f"d{day}", day, date(2026, 7, day)) for day in range(1, 11)]
    by_days(home, "r1", july, days)
    assert views_of(home) == ["days"]
    files = [*july, landed(home, "d11", 11, date(2026, 7, 11))]
    engine = by_days(home, "r2", files, days, keeps_views=False)
    assert len(engine.days[0]) == 11 and not views_of(home) and asked(home) == summed(files)
    files = [*files, landed(home, "d12", 12, date(2026, 7, 12))]
    engine = by_days(home, "r3", files, days, keeps_views=False)
    assert engine.days == [["2026-07-12"]] and asked(home) == summed(files), "from then on by days again"


def test_a_day_whose_file_cannot_be_written_leaves_what_stood_and_no_open_transaction(
    home: Path, days: Model, everything_is_large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    july = [landed(home, f"d{day}", day, date(2026, 7, day)) for day in range(1, 11)]
    by_days(home, "r1", july, days)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with open_build(home, "r2", True, [work_dir(home)]) as build:
        build.attach_inputs({"usage_daily": [*july, landed(home, "late", 5)]}, settings_tables())
        build.build_on(Elsewhere(work_dir(home) / "elsewhere", "core.days"))
        changed = ["2026-07-01"]
        with build.rebuilt_partitions(days, changed, []):
            with monkeypatch.context() as disk, pytest.raises(OSError, match="No space"):
                disk.setattr(handover, "copy_bytes", full)
                build.exchange_partitions(days, changed)
            build.execute("begin")
            build.execute("rollback")
        assert build.row("select events from core.days where usage_date = '2026-07-01'") == (1,)


def by_days(
    home: Path, run_id: str, files: list[Path], model: Model, apart: bool = True, keeps_views: bool = True
) -> Elsewhere:
    """Publish a run that builds what has changed since the last one."""
    run = {name: [_DAY if name == "as_of" else None] for name in inputs_of("settings")[TableName("settings", "run")]}
    tables, recorded = settings_tables(run=run), recorded_fingerprints(home)
    with open_build(home, run_id, bool(recorded), [work_dir(home)]) as build:
        engine = Elsewhere(work_dir(home) / "elsewhere", "core.days")
        engine.apart = apart
        build.attach_inputs({"usage_daily": files}, tables)
        build.build_on(engine, keeps_views)
        known = Fingerprints(input_hashes({"usage_daily": files}, tables, {}), recorded, run_id, engine)
        known.read_days(build)
        Rebuild(build, known, {}).table(model)
        known.record(build, {})
        record_run(build, run_id)
        build.close()
        publish(home, run_id, keep=2)
    return engine


def files_by_day(home: Path) -> dict[str, Path]:
    """What the live version shows."""
    with duckdb.connect(str(live_path(home)), read_only=True) as connection:
        files = shown_files.files_of_view(connection, TableName("core", "days"))
    return {handover.partition_of(path): path for path in files or ()}


def summed(files: list[Path]) -> list[tuple]:
    listed = ", ".join(f"'{path}'" for path in files)
    sql = f"select usage_date::text, sum(events)::bigint from read_parquet([{listed}]) group by all order by all"
    with duckdb.connect() as connection:
        return connection.execute(sql).fetchall()


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
