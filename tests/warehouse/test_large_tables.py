"""Large tables of a large version are views on files that versions share; they read the same, and the next run goes on
from them as from tables."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from small_runs import record_run, settings_tables

from icp_pipeline.errors import PublishError
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.warehouse import large_tables
from icp_pipeline.warehouse.build import Build, open_build
from icp_pipeline.warehouse.mending import mend
from icp_pipeline.warehouse.paths import live_path, shown_dir, versions_dir
from icp_pipeline.warehouse.publish import publish, rollback, versions

DEALS = TableName("core", "deals")
_VIEWS = "select schema_name || '.' || view_name from duckdb_views() where not internal order by all"
_ROWS = "select * from core.deals"
Night = Callable[..., None]


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_tables, "LARGE_VERSION_BYTES", 4_000_000)


@pytest.fixture
def model(make_model: Callable[[str, str], Model]) -> Model:
    return make_model(
        "core.deals",
        """-- Deals. #by[closed_on]
select
    -- Which.
    runs.run_id as deal,
    -- When.
    runs.as_of as closed_on
from history.runs as runs
""",
    )


@pytest.fixture
def night(home: Path) -> Night:
    """Publish a run that goes on from the live version; `change` is done to its tables before it is closed."""

    def run(run_id: str, change: str | Callable[[Build], None] = "", keep: int = 14, **options: bool) -> None:
        with open_build(home, run_id, start_from_live=True) as build:
            build.attach_inputs({}, settings_tables())
            if callable(change):
                change(build)
            elif change:
                build._connection.execute(change)
            record_run(build, run_id)
            build.close(**options)
            publish(home, run_id, keep)

    return run


def deals(rows: int = 400_000, seed: int = 0) -> str:
    """Statements that make a table of some 6 MB, with what a copy could lose, and a small one."""
    return f"""
    create schema if not exists core;
    create schema if not exists icp;
    create or replace table core.deals as
    select case when i % 7 > 0 then md5('{seed}' || i) end as deal,
        case when i % 5 > 0 then date '2026-01-01' + cast(i % 3 as integer) end as closed_on,
        cast(i / 3.0 as decimal(18, 4)) as amount, i / 7 as share, i % 2 = 0 as is_won,
        timestamp '2026-01-01 00:00:00.123456' + to_seconds(i) as seen_at, cast(i as integer) as place
    from range({rows}) as t (i) order by hash(i);
    comment on table core.deals is 'What was sold; it''s large.';
    comment on column core.deals.amount is 'In euros.';
    create or replace table core.small as select i from range(100) as t (i);
    create or replace table icp.account_tiers as select md5('' || i) as account_id from range(40000) as t (i);
    """


def asked(home: Path, sql: str = _ROWS) -> list[tuple]:
    with duckdb.connect(str(live_path(home).resolve()), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def files(home: Path) -> list[Path]:
    return sorted(path for path in shown_dir(home).rglob("*") if path.is_file())


def live_size(home: Path) -> int:
    return live_path(home).stat().st_size


def test_a_large_table_reads_the_same_in_its_order_with_types_and_words_and_others_stay(
    home: Path, night: Night
) -> None:
    night("r1", deals(), keeps_files=False)
    describe, words = "describe core.deals", "select column_name, comment from duckdb_columns() order by all"
    before = [asked(home, sql) for sql in (_ROWS, describe, words)]
    whole = live_size(home)
    night("r2")
    assert asked(home, _VIEWS) == [("core.deals",)], "not the small one, nor what the guards compare with"
    assert [asked(home, sql) for sql in (_ROWS, describe, words)] == before
    assert asked(home, "select comment from duckdb_views() where view_name = 'deals'") == [
        ("What was sold; it's large.",)
    ]
    assert live_size(home) < whole / 2, "no gap is left where the table stood"
    (file,) = files(home)
    assert file.parent.name == "core.deals" and file.stat().st_mode & 0o777 == 0o444


def test_a_version_that_is_small_is_one_file(home: Path, night: Night) -> None:
    night("r1", deals(rows=30_000))
    assert asked(home, _VIEWS) == [] and files(home) == []


def test_the_history_stays_in_the_file(home: Path, night: Night) -> None:
    grow = "insert into history.account_tiers (account_id) select md5('x' || i) from range(400000) as t (i)"
    night("r1", f"{deals()}; {grow}")
    assert asked(home, _VIEWS) == [("core.deals",)]
    shutil.rmtree(shown_dir(home))
    assert asked(home, "select count(*) from history.account_tiers") == [(400_000,)]


def test_a_type_that_parquet_has_not_stays_a_table(home: Path, night: Night) -> None:
    wide = f"create table core.wide as select cast('1{'0' * 30}' as hugeint) + hash(i) as n from range(400000) as t (i)"
    night("r1", f"{deals()}; {wide}")
    assert asked(home, _VIEWS) == [("core.deals",)] and len(files(home)) == 1
    assert asked(home, "select typeof(min(n)), count(distinct n) from core.wide") == [("HUGEINT", 400_000)]


def test_nights_that_change_nothing_share_the_file_and_it_goes_with_the_last_of_them(home: Path, night: Night) -> None:
    night("r1", deals())
    first = files(home)
    night("r2")
    assert files(home) == first and len(versions(home)) == 2
    night("r3", "drop view core.deals;" + deals(seed=3))
    (new,) = set(files(home)) - set(first)
    assert versions(home)[0].files == [f"core.deals/{new.name}"]
    rollback(home, "r2")
    assert asked(home)[1][0] != asked_of(home, "r3")[1][0]
    rollback(home, "r3")
    night("r4", keep=1)
    assert files(home) == [new]


def asked_of(home: Path, run_id: str) -> list[tuple]:
    with duckdb.connect(str(versions_dir(home) / f"icp_{run_id}.duckdb"), read_only=True) as connection:
        return connection.execute(_ROWS).fetchall()


@pytest.mark.parametrize("why", ["is to be one file", "became small"])
def test_a_version_becomes_one_file_again(home: Path, night: Night, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    night("r1", deals())
    rows, size = asked(home), sum(path.stat().st_size for path in files(home)) + live_size(home)
    if why == "became small":
        monkeypatch.setattr(large_tables, "LARGE_VERSION_BYTES", 1.9 * size)
        night("r2")
        assert asked(home, _VIEWS) == [("core.deals",)], "not before it is half as large"
        monkeypatch.setattr(large_tables, "LARGE_VERSION_BYTES", 2.5 * size)
    night("r3", keep=1, keeps_files=why == "became small")
    assert asked(home, _VIEWS) == [] and files(home) == [] and asked(home) == rows
    assert asked(home, "select comment from duckdb_columns() where comment is not null and schema_name = 'core'") == [
        ("In euros.",)
    ]


def test_a_table_built_again_with_the_same_rows_shows_its_file_again(home: Path, night: Night, model: Model) -> None:
    night("r1", deals())
    before = files(home)

    def build_again(build: Build) -> None:
        assert build.build(model) == 1 and list(build.column_types(DEALS)) == ["deal", "closed_on"]
        assert len(files(home)) == 2, "it is written into a file at once, so that no gap is left"
        build.put_back(model)
        assert build.count(DEALS) == 400_000

    night("r2", build_again)
    night("r3")
    assert files(home) == before and asked(home) == asked_of(home, "r1")


def test_some_days_of_a_table_in_a_file_are_exchanged_and_rows_without_a_day_stay(
    home: Path, night: Night, model: Model
) -> None:
    night("r1", deals())
    was = dict(asked(home, "select cast(closed_on as varchar), count(*) from core.deals group by all"))

    night("r2", exchanged(model, "2026-01-02", "from core.deals where closed_on = date '2026-01-02' limit 10"))
    now = dict(asked(home, "select cast(closed_on as varchar), count(*) from core.deals group by all"))
    assert now == was | {"2026-01-02": 10} and was[None] == 80_000
    assert asked(home, _VIEWS) == [("core.deals",)] and len(files(home)) == 2
    assert asked(home, "select comment from duckdb_columns() where column_name = 'amount'") == [("In euros.",)]


@pytest.mark.parametrize("is_full", [True, False])
def test_a_file_without_rows_of_an_exchanged_day_is_written_again_only_if_it_is_not_full(
    home: Path, night: Night, model: Model, monkeypatch: pytest.MonkeyPatch, is_full: bool
) -> None:
    night("r1", deals())
    (first,) = files(home)
    monkeypatch.setattr(large_tables, "FULL_FILE_BYTES", first.stat().st_size + (0 if is_full else 1))
    new = "select * replace (date '2026-07-01' as closed_on) from core.deals where closed_on = date '2026-01-02'"
    night("r2", exchanged(model, "2026-07-01", new))
    days = "select count(*), count(distinct closed_on) from core.deals"
    assert asked(home, days) == [(506_667, 4)]
    night("r3", exchanged(model, "2026-07-01", f"{new} limit 10"), keep=1)
    assert asked(home, days) == [(400_010, 4)]
    assert (first in files(home)) == (len(files(home)) == 2) == is_full


def exchanged(model: Model, day: str, rows: str) -> Callable[[Build], None]:
    """Exchange a day of the table for rows of a SELECT."""

    def change(build: Build) -> None:
        build._connection.execute("attach ':memory:' as chosen")
        build._connection.execute(f"create table chosen.main.new as {rows}")
        build.exchange_partitions(model, {day})
        build._connection.execute("detach chosen")

    return change


def test_what_a_version_lacks_is_named_and_it_cannot_be_gone_back_to(home: Path, night: Night) -> None:
    night("r1", deals())
    night("r2")
    there = home.with_name("there")
    shutil.copytree(versions_dir(home), versions_dir(there))
    (told,) = [text for text in mend(there) if "were not copied" in text]
    assert told.startswith("icp_r2.duckdb reads 1 files") and "core.deals cannot be read" in told
    with pytest.raises(PublishError, match=r"core\.deals/\w+\.parquet, which is missing .*restore the folder"):
        rollback(there, "r1")
    assert live_path(there).resolve().name == "icp_r2.duckdb"
