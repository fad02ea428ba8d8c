"""What the next run compares with: each account's pieces of points, of this run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from icp_pipeline.run import standings
from icp_pipeline.warehouse.build import Build, open_build

BEFORE = "values ('left', 'size', 1), ('left', 'region', 2), ('other', 'size', 3), ('gone', 'size', 4)"
NOW = "values ('left', 'size', 1), ('left', 'region', 2), ('other', 'size', 5), ('new', 'region', 6)"


@pytest.fixture
def build(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
    monkeypatch.setattr(standings, "_STATEMENTS", ())
    with open_build(home, "r1") as build:
        build.execute("create schema icp")
        yield build


def put(build: Build, table: str, rows: str) -> None:
    build.execute(f"create or replace table {table} as select * from ({rows}) as kept(account_id, piece, fit_points)")


@pytest.mark.parametrize("moved", [None, frozenset({"other", "gone", "new"})])
def test_pieces_of_accounts_that_moved_are_replaced(build: Build, moved: frozenset[str] | None) -> None:
    put(build, "history.score_pieces", BEFORE)
    put(build, "icp.score_pieces", NOW)
    standings.keep_standings(build, moved)
    for one, other in (("history", "icp"), ("icp", "history")):
        assert build.frame(f"from {one}.score_pieces except all from {other}.score_pieces").empty


@pytest.mark.parametrize("moved", [frozenset(), frozenset({"new"})])
def test_pieces_of_all_other_accounts_stay(build: Build, moved: frozenset[str]) -> None:
    put(build, "history.score_pieces", BEFORE)
    put(build, "icp.score_pieces", NOW)
    standings.keep_standings(build, moved)
    kept = build.frame("select account_id, fit_points from history.score_pieces order by all").to_numpy().tolist()
    unmoved = [["gone", 4], ["left", 1], ["left", 2], ["other", 3]]
    assert kept == sorted([*unmoved, *([["new", 6]] if moved else [])])
