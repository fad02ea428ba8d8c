"""An ICP with a filter: its members are ranked among themselves, with their own win rate and segments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from learned_worlds import settings_at

from icp_pipeline.learning.members import definitions_of, observations_of

COLUMNS = ["outcome", "observation_id", "account_id", "observed_at", "y", "is_won", "is_best", "is_worst"]
DAY = pd.Timestamp("2024-01-01")
SETTINGS = settings_at(DAY)


def customers(names: list[str], percentiles: list[float]) -> pd.DataFrame:
    rows = [
        ("quality", name, name, DAY, 6 * (place - 0.5), None, place >= 0.8, place <= 0.2)
        for name, place in zip(names, percentiles, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def deals(*rows: tuple[str, bool, bool | None]) -> pd.DataFrame:
    found = [("win", f"d{n}", account, DAY, 9.0, won, best, None) for n, (account, won, best) in enumerate(rows)]
    return pd.DataFrame(found, columns=COLUMNS)


def test_members_that_all_did_well_still_have_a_best_and_a_worst() -> None:
    names = [f"m{n}" for n in range(10)]
    everybody = pd.concat([customers(names, [0.90 + n / 100 for n in range(10)]), customers(["x"], [0.1])])
    mine = observations_of(pd.Series(names), everybody, SETTINGS).set_index("account_id")
    assert "x" not in mine.index
    assert mine.index[mine["is_best"]].tolist() == ["m8", "m9"]
    assert mine.index[mine["is_worst"]].tolist() == ["m0", "m1"]
    np.testing.assert_allclose(mine["y"].astype(float), [6 * ((n + 0.5) / 10 - 0.5) for n in range(10)])


def test_order_is_kept_and_ties_share_their_rank() -> None:
    mine = observations_of(pd.Series(list("abcd")), customers(list("abcd"), [0.4, 0.4, 0.9, 0.1]), SETTINGS)
    y = dict(zip(mine["account_id"], mine["y"].astype(float), strict=True))
    assert y["a"] == y["b"] and y["d"] < y["a"] < y["c"]
    assert sum(y.values()) == pytest.approx(0)


def test_deals_count_against_the_members_own_win_rate() -> None:
    rows = [("a", True, True), ("b", False, False), ("c", False, False), ("d", False, False), ("x", True, True)]
    mine = observations_of(pd.Series(list("abcd")), pd.concat([customers(["a"], [0.1]), deals(*rows)]), SETTINGS)
    y = mine[mine["outcome"] == "win"].set_index("account_id")["y"].astype(float)
    assert y["a"] == pytest.approx(4) and y["b"] == pytest.approx(-4 / 3)
    assert y.sum() == pytest.approx(0, abs=1e-6)


def test_a_won_deal_is_best_by_the_members_ranks_and_unknown_where_nobody_is_ranked() -> None:
    observations = pd.concat(
        [
            customers(list("abcde"), [0.30, 0.31, 0.32, 0.33, 0.34]),
            deals(("a", True, False), ("e", True, False), ("young", True, None), ("lost", False, False)),
        ]
    )
    mine = observations_of(pd.Series([*"abcde", "young", "lost"]), observations, SETTINGS)
    best = mine[mine["outcome"] == "win"].set_index("account_id")["is_best"]
    assert bool(best["e"]) and not bool(best["a"]) and not bool(best["lost"])
    assert pd.isna(best["young"])


@pytest.mark.parametrize("won", [True, False])
def test_all_won_or_all_lost_says_nothing_about_winning(won: bool) -> None:
    mine = observations_of(pd.Series(["a", "b"]), deals(("a", won, None), ("b", won, None)), SETTINGS)
    assert mine.empty


def test_nobody_observed_is_no_error() -> None:
    assert observations_of(pd.Series([], dtype=object), customers(["a"], [0.5]), SETTINGS).empty


def attributes(**levels: list[str]) -> pd.DataFrame:
    rows = [(f"a{n}", name, level) for name, values in levels.items() for n, level in enumerate(values)]
    return pd.DataFrame(rows, columns=["account_id", "attribute", "level"])


RANGES = pd.DataFrame(
    [
        ("size", "<10", "<10", False),
        ("size", "10-49", "10-49", False),
        ("size", "50+", "50+", True),
        ("size", "<50", "<10", False),
        ("size", "<50", "10-49", False),
        ("elsewhere", "x", "x", False),
    ],
    columns=["attribute", "segment", "level", "is_complement"],
)


def test_only_levels_that_members_have_are_tested_and_of_two_one_is_the_complement() -> None:
    observed = attributes(industry=["Bank", "Farm", "Bank"], model=["x", "y", "z"], region=["EMEA"] * 3)
    found = definitions_of(observed, RANGES, 500, 300)
    flags = {(row.attribute, row.segment): row.is_complement for row in found.itertuples() if row.attribute != "size"}
    assert flags.pop(("elsewhere", "x"), None) is None
    assert flags == {
        ("industry", "Bank"): False,
        ("industry", "Farm"): True,
        ("model", "x"): False,
        ("model", "y"): False,
        ("model", "z"): False,
        ("region", "EMEA"): False,
    }


def test_two_technologies_are_no_complements_where_an_account_has_both() -> None:
    observed = pd.concat([attributes(technology=["Stripe", "Segment"]), attributes(technology=["Segment", "Segment"])])
    assert not definitions_of(observed, RANGES, 50, 300)["is_complement"].any()


@pytest.mark.parametrize(("ranked", "expected"), [(299, False), (300, True)])
def test_ranges_need_enough_customers_among_the_members(ranked: int, expected: bool) -> None:
    found = definitions_of(attributes(size=["<10", "10-49", "50+"]), RANGES, ranked, 300)
    assert ("<50" in set(found["segment"])) == expected
    highest = found.loc[found["segment"] == "50+", "is_complement"].iloc[0]
    assert bool(highest) == expected, "above x is the complement of below x, which is there only with ranges"
