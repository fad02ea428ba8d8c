"""A run's private file: inputs attached, tables built one by one, nothing else reachable."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_runs import settings_tables

from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.errors import ModelError
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.rebuild.fingerprints import input_hashes
from icp_pipeline.warehouse.build import Build, open_build
from icp_pipeline.warehouse.described import describe_history
from icp_pipeline.warehouse.publish import live_path

Make = Callable[[str, str], Model]


def landed(home: Path, name: str, **columns: list[object]) -> Path:
    path = home / "lake" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def rows(build: Build, sql: str) -> list[tuple[object, ...]]:
    return list(build.frame(sql).itertuples(index=False, name=None))


def test_lake_files_of_a_kind_are_one_table_and_what_they_lack_is_null(home: Path) -> None:
    first = landed(home, "a", id=["1"], status=["open"], source_path=["x.csv"], source_line=[2])
    second = landed(home, "b", id=["2"], priority=["high"], source_path=["y.csv"], source_line=[9])
    with open_build(home, "r1") as build:
        build.attach_inputs({"ticket": [first, second]}, settings_tables())
        found = rows(build, "select id, status, priority, source_line from lake.ticket order by id")
        domains = rows(build, "select count(domain) from lake.ticket")
    assert [tuple(None if pd.isna(cell) else cell for cell in row) for row in found] == [
        ("1", "open", None, 2),
        ("2", None, "high", 9),
    ]
    assert domains == [(0,)]


def test_the_order_of_a_kinds_files_is_a_column(home: Path) -> None:
    older = landed(home, "z", id=["1", "2"], source_path=["x.csv", "x.csv"])
    newer = landed(home, "a", id=["1"], source_path=["y.csv"])
    with open_build(home, "r1") as build:
        build.attach_inputs({"ticket": [older, newer]}, settings_tables())
        found = rows(build, "select source_path, source_order from lake.ticket order by all")
    assert found == [("x.csv", 0), ("x.csv", 0), ("y.csv", 1)]


def test_another_order_of_the_files_is_another_input_where_the_newer_row_wins(home: Path) -> None:
    files = [landed(home, "a", id=["1"]), landed(home, "b", id=["1", "1"])]

    def fingerprint(kind: str, paths: list[Path]) -> str:
        return input_hashes({kind: paths}, {}, {})[TableName("lake", kind)]

    assert fingerprint("ticket", files) != fingerprint("ticket", files[::-1])
    assert fingerprint("field_values", files) == fingerprint("field_values", files[::-1])


def test_every_known_input_is_there_with_its_types_and_empty(home: Path) -> None:
    with open_build(home, "r1") as build:
        build.attach_inputs({}, settings_tables(), {"reject": pa.table({"path": ["a"], "line": [1]})})
        for name, columns in INPUTS.items():
            types = {column: kind.lower().replace(",", ", ").replace("  ", " ") for column, kind in columns.items()}
            found = {column: kind.lower().replace(",", ", ") for column, kind in build.column_types(name).items()}
            assert found == types, name
            assert rows(build, f"select count(*) from {name}") == [(1 if name.table == "reject" else 0,)]


def test_settings_arrive_with_the_declared_types(home: Path) -> None:
    run = {"as_of": [datetime.date(2026, 11, 21)], "run_id": ["r1"], "max_cohorts": [8.0]}
    with open_build(home, "r1") as build:
        build.attach_inputs({}, settings_tables(run=run))
        assert rows(build, "select cast(as_of as varchar), max_cohorts, fdr is null from settings.run") == [
            ("2026-11-21", 8, True)
        ]


@pytest.mark.parametrize("name", ["a*", "a?", "[ab]", "{a,b}"])
def test_a_lake_path_that_is_a_pattern_is_refused(name: str, home: Path) -> None:
    with open_build(home, "r1") as build, pytest.raises(ModelError, match="may not hold any of"):
        build.attach_inputs({"ticket": [landed(home, name, id=["1"])]}, settings_tables())


def test_a_quote_in_the_lake_path_is_harmless(home: Path) -> None:
    path = landed(home, "it's; drop", id=["1"])
    with open_build(home, "r1") as build:
        build.attach_inputs({"ticket": [path]}, settings_tables())
        assert rows(build, "select id from lake.ticket") == [("1",)]


def test_building_counts_rows_and_keeps_the_descriptions(home: Path, make_model: Make) -> None:
    model = make_model(
        "core.tickets", "-- It's a ticket.\nselect\n    -- The id. #not_null\n    ticket.id\nfrom lake.ticket"
    )
    path = landed(home, "a", id=["1", "2"])
    with open_build(home, "r1") as build:
        build.attach_inputs({"ticket": [path]}, settings_tables())
        assert build.build(model) == 2
        assert build.build(model) == 2
        assert build.column_types(model.name) == {"id": "VARCHAR"}
        assert rows(build, "select comment from duckdb_tables() where schema_name = 'core'") == [("It's a ticket.",)]
        assert rows(build, "select comment from duckdb_columns() where schema_name = 'core'") == [("The id.",)]


@pytest.mark.parametrize(("place", "catalog"), [("table", "duckdb_tables()"), ("column", "duckdb_columns()")])
def test_what_history_means_is_said_again_where_another_release_said_something_else(
    home: Path, place: str, catalog: str
) -> None:
    said = f"select comment from {catalog} where schema_name = 'history' order by all"
    with open_build(home, "r1") as build:
        right = rows(build, said)
        assert right and None not in {comment for (comment,) in right}
        build.execute(f"comment on {place} history.runs{'.run_id' if place == 'column' else ''} is 'Something else.'")
        assert rows(build, said) != right
        describe_history(build._connection)
        assert rows(build, said) == right


def test_a_model_that_fails_is_named_with_its_file_and_without_the_value(home: Path, make_model: Make) -> None:
    model = make_model(
        "core.tickets", "-- One.\nselect\n    -- Id.\n    cast(ticket.id as integer) as id\nfrom lake.ticket"
    )
    path = landed(home, "a", id=["jane@example.com"])
    with open_build(home, "r1") as build:
        build.attach_inputs({"ticket": [path]}, settings_tables())
        with pytest.raises(
            ModelError, match=r"tickets\.sql: core\.tickets cannot be built: Conversion Error"
        ) as caught:
            build.build(model)
    assert "jane" not in str(caught.value)


_BY_DAY = """-- Usage. #by[usage_date]
select
    -- Day.
    usage_daily.usage_date,
    -- Events.
    cast(sum(usage_daily.events) as bigint) as events,
    -- Users.
    count(distinct usage_daily.user_id) as users,
    -- The statement.
    min(md5(current_query())) as made_by
from lake.usage_daily
group by usage_daily.usage_date
"""


@pytest.mark.parametrize(("at_a_time", "statements"), [(2, 4), (4, 3), (7, 2), (8, 1)])
def test_a_large_table_is_built_some_days_at_a_time_and_is_the_same(
    home: Path, make_model: Make, monkeypatch: pytest.MonkeyPatch, at_a_time: int, statements: int
) -> None:
    model = make_model("staging.usage_by_day", _BY_DAY)
    days = [datetime.date(2026, 7, day) if day else None for day in (3, 1, 2, 1, 0, 3, 3, 2)]
    path = landed(
        home, "a", usage_date=days, events=list(range(1, 9)), user_id=["a", "b", "a", "a", "c", "d", "a", "a"]
    )
    monkeypatch.setattr("icp_pipeline.warehouse.build._ROWS_AT_A_TIME", at_a_time)
    with open_build(home, "r1") as build:
        build.attach_inputs({"usage_daily": [path]}, settings_tables())
        for _ in range(2):
            assert build.build(model, [TableName("lake", "usage_daily")]) == 4
            assert rows(
                build,
                "select coalesce(cast(usage_date as varchar), 'no day') as day, events, users "
                "from staging.usage_by_day order by day",
            ) == [
                ("2026-07-01", 6, 2),
                ("2026-07-02", 11, 1),
                ("2026-07-03", 14, 2),
                ("no day", 5, 1),
            ]
        assert rows(build, "select count(distinct made_by) from staging.usage_by_day") == [(statements,)]
        assert build.build(model) == 4
        assert rows(build, "select count(distinct made_by) from staging.usage_by_day") == [(1,)]


def test_an_unknown_column_is_named(home: Path, make_model: Make) -> None:
    model = make_model("core.tickets", "-- One.\nselect\n    -- Id.\n    ticket.idd as id\nfrom lake.ticket")
    with open_build(home, "r1") as build:
        build.attach_inputs({}, settings_tables())
        with pytest.raises(ModelError, match='"idd"'):
            build.build(model)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "copy (select 1) to '{home}/out.csv'",
        "attach '{home}/other.duckdb'",
        "set enable_external_access = true",
        "install httpfs",
    ],
)
def test_nothing_outside_the_lake_is_reachable(sql: str, home: Path) -> None:
    with open_build(home, "r1") as build:
        build.attach_inputs({}, settings_tables())
        with pytest.raises(duckdb.Error):
            build.execute(sql.format(home=home))


def test_more_groups_than_memory_spill_and_finish(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICP_MEMORY_LIMIT", "100MB")
    with open_build(home, "r1") as build:
        sql = "select count(*) as n from (select i from range(3000000) as t(i) group by i, i::varchar || 'padding')"
        assert rows(build, sql) == [(3_000_000,)]
        build.close()
        assert build.path.exists()


def test_appended_rows_are_cast_and_unknown_is_null(home: Path) -> None:
    frame = pd.DataFrame({"icp_version": ["v1", "v2"], "n_customers": [3, None], "signal_z": [float("nan"), 2.5]})
    with open_build(home, "r1") as build:
        build.append("history.icp_versions", frame)
        assert rows(
            build, "select count(*), count(n_customers), count(signal_z), count(cause) from history.icp_versions"
        ) == [(2, 1, 1, 0)]
        build.append("history.icp_versions", frame.head(0))
        with pytest.raises(ValueError, match=r"history\.icp_versions has no column signal"):
            build.append("history.icp_versions", pd.DataFrame({"signal": [1.0]}))


def test_what_was_not_published_is_gone_afterwards(home: Path) -> None:
    with open_build(home, "r1") as build:
        assert build.path.exists()
    assert list((home / "warehouse" / "work").iterdir()) == []


def test_a_run_of_some_tables_starts_from_the_live_version(home: Path, publish_run: Callable[..., Path]) -> None:
    publish_run("r1", number=7)
    with open_build(home, "r2", start_from_live=True) as build:
        build.attach_inputs({}, settings_tables())
        assert rows(build, "select distinct number from core.facts") == [(7,)]
        build.execute("create or replace table core.facts as select 8 as number")
    with duckdb.connect(str(live_path(home)), read_only=True) as reader:
        assert reader.execute("select distinct number from core.facts").fetchall() == [(7,)]
    with open_build(home, "r3") as fresh, pytest.raises(duckdb.Error):
        fresh.frame("select * from core.facts")


def test_starting_from_live_before_the_first_publication_starts_fresh(home: Path) -> None:
    with open_build(home, "r1", start_from_live=True) as build:
        assert build.column_types(TableName("history", "runs"))["run_id"] == "VARCHAR"
