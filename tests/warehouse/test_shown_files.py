"""Large tables are views on Parquet files stored once next to the versions: they read the same, and are deleted with
the last version that uses them."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_runs import record_run, settings_tables

from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.terminal import live
from icp_pipeline.warehouse import shown_files
from icp_pipeline.warehouse.build import open_build
from icp_pipeline.warehouse.mending import mend
from icp_pipeline.warehouse.paths import live_path, shown_dir, versions_dir
from icp_pipeline.warehouse.publish import publish, rollback, versions

_SQL = """-- Usage by day. #by[usage_date]
select
    -- Who.
    usage_daily.user_id,
    -- When.
    usage_daily.usage_date,
    -- How much.
    usage_daily.events
from lake.usage_daily
"""
_ROWS = "select user_id, cast(usage_date as varchar), events from staging.usage_daily order by all"
Night = Callable[..., list[Path]]


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_files, "LARGE_BYTES", 1)


@pytest.fixture
def model(make_model: Callable[[str, str], Model]) -> Model:
    return make_model("staging.usage_daily", _SQL)


@pytest.fixture
def night(home: Path, model: Model) -> Night:
    """Publish a run over usage files, given as events by lake entry; return these files."""

    def run(run_id: str, from_live: bool = False, shows: bool = True, keep: int = 14, **entries: int) -> list[Path]:
        with open_build(home, run_id, start_from_live=from_live) as build:
            landed = [_landed(home, name, events) for name, events in entries.items()]
            build.attach_inputs({"usage_daily": landed}, settings_tables())
            if shows:
                build.show_files(shown_files.shown_inputs(home, {"usage_daily": landed}))
            if not (from_live and build.stands_right(model)):
                assert build.build(model) == len(entries)
            record_run(build, run_id)
            build.close()
            publish(home, run_id, keep)
        return landed

    return run


def _landed(home: Path, entry: str, events: int) -> Path:
    path = home / "lake" / "files" / entry / "usage_daily.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = {"group_id": None, "user_id": entry, "usage_date": date(2026, 7, 1), "events": events}
        table = pa.Table.from_pylist([columns | {"source_path": entry, "source_line": None}])
        pq.write_table(table, path)
    return path


def asked(path: Path, sql: str = _ROWS) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def shown(home: Path) -> list[str]:
    return sorted(path.stem for path in shown_dir(home).rglob("*") if path.is_file())


def test_a_view_reads_from_any_folder_says_what_columns_mean_and_copies_nothing(
    home: Path, night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landed = night("r1", a=1, b=2)
    monkeypatch.chdir(tmp_path)
    for path in (live_path(home), versions_dir(home) / "icp_r1.duckdb"):
        assert asked(path) == [("a", "2026-07-01", 1), ("b", "2026-07-01", 2)]
    assert asked(
        live_path(home), "select column_name, comment from duckdb_columns() where schema_name = 'staging'"
    ) == [
        ("user_id", "Who."),
        ("usage_date", "When."),
        ("events", "How much."),
    ]
    assert asked(live_path(home), "select comment from duckdb_views() where view_name = 'usage_daily'") == [
        ("Usage by day.",)
    ]
    for path in landed:
        assert path.samefile(shown_dir(home) / "usage_daily" / f"{path.parent.name}.parquet")
    shutil.rmtree(home / "lake")
    assert len(asked(live_path(home))) == 2, "the lake may be deleted"


def test_commands_that_read_a_version_read_its_views(home: Path, night: Night, tmp_path: Path) -> None:
    night("r1", a=1, b=2)
    for path in (live_path(home), live_path(home).resolve()):
        with live.opened(path) as connection:
            assert live.rows(connection, "select sum(events) as n from staging.usage_daily") == [{"n": 3}]
            with pytest.raises(duckdb.PermissionException):
                connection.execute(f"select * from read_text('{tmp_path / 'elsewhere'}')")


@pytest.mark.parametrize("why", ["small", "no second names"])
def test_otherwise_it_is_a_table_and_the_file_needs_no_other(
    home: Path, night: Night, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    if why == "small":
        monkeypatch.setattr(shown_files, "LARGE_BYTES", 1 << 30)
    else:
        monkeypatch.setattr(os, "link", _refused)
    night("r1", a=1)
    assert shown(home) == [] and "files" not in (versions_dir(home) / "icp_r1.json").read_text(encoding="utf-8")
    assert asked(live_path(home)) == [("a", "2026-07-01", 1)]
    assert asked(live_path(home), "select count(*) from duckdb_views() where not internal") == [(0,)]


def _refused(*_: object, **__: object) -> None:
    raise OSError(errno.EXDEV, "Invalid cross-device link")


def test_files_go_with_the_last_version_that_shows_them(home: Path, night: Night) -> None:
    night("r1", a=1, b=2)
    night("r2", b=2, c=3)
    assert shown(home) == ["a", "b", "c"]
    rollback(home, "r1")
    assert asked(live_path(home)) == [("a", "2026-07-01", 1), ("b", "2026-07-01", 2)]
    rollback(home, "r2")
    night("r3", keep=2, c=3)
    assert shown(home) == ["b", "c"]
    with open_build(home, "killed"):
        shown_files.shown_inputs(home, {"usage_daily": [_landed(home, "d", 4)]})
        assert shown(home) == ["b", "c", "d"]
    night("r4", keep=2, c=3)
    assert shown(home) == ["c"]


def test_a_run_that_goes_on_from_the_live_version_shows_what_it_should(home: Path, night: Night) -> None:
    night("r1", a=1)
    night("r2", from_live=True, a=1)
    assert asked(live_path(home)) == [("a", "2026-07-01", 1)]
    night("r3", from_live=True, a=1, b=2)
    night("r4", from_live=True, shows=False, a=1, b=2)
    assert asked(live_path(home)) == [("a", "2026-07-01", 1), ("b", "2026-07-01", 2)]
    assert [len(version.files) for version in versions(home)] == [0, 2, 1, 1]
    night("r5", from_live=True, b=2)
    assert asked(live_path(home)) == [("b", "2026-07-01", 2)]


@pytest.mark.parametrize("is_moved", [True, False])
def test_a_home_at_another_place_shows_its_own_files_after_the_next_start(
    home: Path, night: Night, tmp_path: Path, is_moved: bool
) -> None:
    night("r1", a=1)
    night("r2", b=2)
    there = tmp_path / "it's another"
    (shutil.move if is_moved else shutil.copytree)(home, there)
    assert len(mend(there)) == (2 if is_moved else 3), "copies have followed the link as well"
    shutil.rmtree(home, ignore_errors=True)
    for run_id, rows in (("r2", [("b", "2026-07-01", 2)]), ("r1", [("a", "2026-07-01", 1)])):
        rollback(there, run_id)
        assert asked(live_path(there)) == asked(there / "warehouse" / "live.duckdb") == rows
    assert asked(live_path(there), "select comment from duckdb_columns() where column_name = 'user_id'") == [("Who.",)]
    assert mend(there) == []


def test_what_was_not_copied_is_told_and_its_version_is_no_start_for_the_next(home: Path, night: Night) -> None:
    from icp_pipeline.rebuild.fingerprints import recorded_fingerprints

    night("r1", a=1)
    there = home.with_name("there")
    shutil.copytree(versions_dir(home), versions_dir(there))
    assert "1 files that were not copied" in mend(there)[-1]
    assert shown_files.missing_files(there, versions(there)[0]) == [shown_dir(there) / "usage_daily" / "a.parquet"]
    assert recorded_fingerprints(there) == {}


def test_the_name_of_an_input_with_an_alias_of_its_own(
    home: Path, make_model: Callable[[str, str], Model], night: Night
) -> None:
    sql = _SQL.replace("usage_daily.", "u.").replace("from lake.usage_daily", "from lake.usage_daily as u")
    other = make_model("staging.usage_daily", sql)
    with open_build(home, "r1") as build:
        landed = [_landed(home, "a", 1)]
        build.attach_inputs({"usage_daily": landed}, settings_tables())
        build.show_files({TableName("lake", "usage_daily"): landed})
        assert build.build(other) == 1
        assert build.stands_right(other)
