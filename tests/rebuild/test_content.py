"""Equal rows have equal content in any order; anything else is a change."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from icp_pipeline.errors import ModelError
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.rebuild.content import changed_days, changed_partitions, content_of, content_of_days
from icp_pipeline.warehouse.build import Build, open_build

Make = Callable[[str, str], Model]
ROWS = "select * from (values (1, 'a'), (2, null), (2, null)) as kept(id, word)"
TABLE = TableName("core", "kept")


@pytest.fixture
def build(home: Path) -> Iterator[Build]:
    with open_build(home, "r1") as build:
        build.execute("create schema core")
        yield build


def content(build: Build, sql: str) -> str:
    build.execute(f"create or replace table {TABLE} as {sql}")
    return content_of(build, TABLE)


def test_the_order_of_rows_is_no_content(build: Build) -> None:
    assert content(build, ROWS) == content(build, f"select * from ({ROWS}) order by id desc")


@pytest.mark.parametrize(
    "sql",
    [
        "select distinct * from (values (1, 'a'), (2, null), (2, null)) as kept(id, word)",
        f"{ROWS} union all {ROWS}",
        f"{ROWS} union all select 3, 'x' union all select 3, 'x'",
        "select * from (values (1, 'a'), (2, null), (2, '')) as kept(id, word)",
        "select * from (values (1, null), (2, 'a'), (2, null)) as kept(id, word)",
        f"select id, word as other from ({ROWS})",
        f"select cast(id as bigint) as id, word from ({ROWS})",
        f"select word, id from ({ROWS})",
        f"select * from ({ROWS}) where false",
    ],
)
def test_anything_else_is(sql: str, build: Build) -> None:
    assert content(build, ROWS) != content(build, sql)


def test_cells_that_change_places_between_rows_are_a_change(build: Build) -> None:
    """A row's hash combines those of its cells: for pairs of small numbers, `xor` and sum could agree."""
    for x, y in itertools.combinations(range(40), 2):
        rows = f"select * from (values ({x}, {x}), ({y}, {y})) as kept(a, b)"
        swapped = f"select * from (values ({x}, {y}), ({y}, {x})) as kept(a, b)"
        assert content(build, rows) != content(build, swapped), (x, y)


def usage(build: Build, *rows: str) -> dict[str, str]:
    build.execute(f"create or replace table {TABLE} as select * from (values {', '.join(rows)}) as kept(day, n)")
    frame = content_of_days(build, TABLE, "day")
    assert set(frame["table_name"]) <= {"core.kept"}
    return dict(zip(frame["day"], frame["content"], strict=True))


def test_days_that_came_went_or_differ(build: Build) -> None:
    frames = []
    for rows in (
        ("(date '2026-01-01', 1)", "(date '2026-01-02', 1)", "(date '2026-01-03', 1)", "(null, 7)"),
        ("(date '2026-01-04', 1)", "(date '2026-01-02', 2)", "(date '2026-01-01', 1)", "(null, 7)"),
    ):
        usage(build, *rows)
        frames.append(content_of_days(build, TABLE, "day"))
    assert changed_days(*frames) == {"2026-01-02", "2026-01-03", "2026-01-04"}
    assert changed_days(frames[0], frames[0]) == frozenset()


def test_a_row_without_a_day_is_told_apart(build: Build) -> None:
    assert usage(build, "(date '2026-01-01', 1)", "(null, 1)").keys() == {"2026-01-01", ""}


def by_day(make_model: Make, source: str) -> Model:
    select = f"select\n    -- Day.\n    kept.day,\n    -- Sum.\n    sum(kept.n) as n\nfrom {source}\ngroup by kept.day"
    model = make_model("core.summed", f"-- One row per day. #by[day]\n{select}")
    assert (model.partition_column, model.builds_partitions) == ("day", True)
    return model


def test_some_days_are_built_again_and_all_others_stay(build: Build, make_model: Make) -> None:
    model = by_day(make_model, "core.kept")
    usage(build, "(date '2026-01-01', 1)", "(date '2026-01-02', 1)", "(date '2026-01-03', 1)")
    build.build(model)
    usage(build, "(date '2026-01-01', 5)", "(date '2026-01-02', 5)", "(date '2026-01-04', 5)")
    some = ["2026-01-02", "2026-01-03", "2026-01-04"]
    with build.rebuilt_partitions(model, some, [TABLE]) as (old, new):
        assert changed_partitions(build, model, old, new) == set(some)
        build.exchange_partitions(model, some)
    found = build.frame("select cast(day as varchar) as day, n from core.summed order by day")
    assert list(found.itertuples(index=False, name=None)) == [("2026-01-01", 1), ("2026-01-02", 5), ("2026-01-04", 5)]


def test_days_that_cannot_be_built_name_the_file(build: Build, make_model: Make) -> None:
    model = by_day(make_model, "core.kept")
    cannot = pytest.raises(ModelError, match=r"summed\.sql: core\.summed cannot be built")
    with cannot, build.rebuilt_partitions(model, ["2026-01-02"], []):
        pass
