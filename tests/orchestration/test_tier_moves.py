"""The guard compares a publication with the one before by tier, account by account."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from icp_pipeline import duck
from icp_pipeline.run import guards

Tiers = dict[tuple[str, str], str]
BEFORE: Tiers = {
    ("primary", "a"): "tier_1",
    ("primary", "b"): "tier_1",
    ("primary", "c"): "unscored",
    ("primary", "d"): "tier_2",
    ("emea", "a"): "not_icp",
    ("gone", "a"): "tier_1",
}


def side(tiers: Tiers) -> Any:
    frame = pd.DataFrame([(*key, tier) for key, tier in tiers.items()], columns=["icp_id", "account_id", "tier"])
    return guards._Side(datetime.date(2026, 11, 21), None, pd.DataFrame(), pd.DataFrame(), frame)


def moves(before: Tiers, now: Tiers) -> list[tuple[str, str, str, int]]:
    return list(guards._moves(side(before), side(now)).itertuples(index=False, name=None))


def test_moves_are_counted_by_icp_of_accounts_that_had_a_tier() -> None:
    now = {key: tier for key, tier in BEFORE.items() if key[0] != "gone" and key != ("primary", "d")}
    now |= {("primary", "b"): "tier_3", ("primary", "c"): "tier_1", ("primary", "new"): "tier_1"}
    assert moves(BEFORE, now) == [
        ("emea", "not_icp", "not_icp", 1),
        ("primary", "tier_1", "tier_1", 1),
        ("primary", "tier_1", "tier_3", 1),
        ("primary", "tier_2", "gone", 1),
    ]


@pytest.mark.parametrize("moved", [[], [("a", "a_merged"), ("elsewhere", "x")]])
def test_an_account_that_goes_on_under_another_id_keeps_its_tier_before(moved: list[tuple[str, str]]) -> None:
    """Also where none did: the names stay texts."""
    by_id = dict(moved)
    now = {(icp, by_id.get(name, name)): tier for (icp, name), tier in BEFORE.items()}
    live = side(BEFORE)
    frame = pd.DataFrame(moved, columns=["account_id", "now_account_id"])
    under_todays = replace(live, tiers=guards._under_todays_ids(live.tiers, frame))
    counted = guards._moves(under_todays, side(now))
    assert (counted["old"] == counted["new"]).all()
    assert counted["n"].sum() == 5, "all but the one that was unscored"


def test_tiers_that_rest_on_attributes_set_aside_are_told_why_they_move() -> None:
    with duck.connect() as connection:
        connection.execute("create schema icp; create schema settings")
        connection.execute(
            "create table icp.criteria as from (values ('health'), ('health'), ('region')) as t(attribute)"
        )
        connection.execute(
            "create table settings.attributes as"
            " from (values ('health', false), ('region', true), ('seats', false)) as t(attribute, is_enabled)"
        )
        found = connection.execute(guards._SET_ASIDE).df()["attribute"]
    (said,) = guards._set_aside(found)
    assert "use health, which icp.yaml excludes (enabled: false)" in said
    assert guards._set_aside(found[:0]) == []


@pytest.mark.parametrize(("before", "now"), [(BEFORE, {}), ({}, BEFORE), ({}, {})])
def test_where_there_are_no_tiers_nothing_moves(before: Tiers, now: Tiers) -> None:
    assert moves(before, now) == []
