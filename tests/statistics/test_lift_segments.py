"""Lift, tests and q-values compared with numpy and scipy, and changes that must not affect them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from outcome_world import World, built, lift_of, make_world, table_of
from scipy.stats import false_discovery_control, norm

EFFECTS = {("industry", "saas"): 0.7, ("industry", "agency"): -0.7, ("employees", "200-499"): 0.5}
KEYS = ["outcome", "attribute", "segment"]


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(900, seed=4, effects=EFFECTS)


@pytest.fixture(scope="module")
def tables(world: World) -> dict[str, pd.DataFrame]:
    with built(world) as connection:
        names = ("outcomes.observations", "segments.segment_definitions", "segments.segment_lift")
        return {name.split(".")[1]: table_of(connection, name) for name in names}


def memberships(world: World, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every observation with every segment of the attributes it knows; `inside` says whether it is a member."""
    levels = world.frames["account_attributes"][["account_id", "attribute", "level"]]
    known = tables["observations"].merge(levels, on="account_id")
    segments = tables["segment_definitions"].groupby(["attribute", "segment"])["level"].agg(set).reset_index()
    pairs = known.merge(segments, on="attribute", suffixes=("", "s"))
    inside = [level in levels for level, levels in zip(pairs["level"], pairs["levels"], strict=True)]
    is_win = pairs["outcome"] == "win"
    won = pairs["is_won"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    return pairs.assign(
        inside=inside,
        good=np.where(is_win, won, pairs["is_best"].astype("boolean").fillna(False)).astype(bool),
        bad=np.where(is_win, ~won, pairs["is_worst"].astype("boolean").fillna(False)).astype(bool),
    )


def recomputed(group: pd.DataFrame) -> pd.Series:
    """Section 3 of the method for one segment."""
    inside, y = group["inside"].to_numpy(dtype=bool), group["y"].to_numpy()
    best, worst = group["good"].sum(), group["bad"].sum()
    b, w, n = group["good"][inside].sum(), group["bad"][inside].sum(), inside.sum()
    lift = ((b + 0.5) / (best + 0.5)) / ((w + 0.5) / (worst + 0.5))
    width = 1.645 * np.sqrt(1 / (b + 0.5) - 1 / (best + 0.5) + 1 / (w + 0.5) - 1 / (worst + 0.5))
    effect = y[inside].mean() - y[~inside].mean()
    z = effect / np.sqrt(y.var(ddof=1) * (1 / n + 1 / (len(y) - n)))
    return pd.Series(
        {
            "n_segment": n,
            "n_known": len(y),
            "share_best": b / best,
            "share_worst": w / worst,
            "lift": lift,
            "ci_low": lift * np.exp(-width),
            "ci_high": lift * np.exp(width),
            "effect": effect,
            "z": z,
            "p_value": 2 * norm.sf(abs(z)),
        }
    )


def test_lift_interval_effect_and_p_are_what_the_method_says(world: World, tables: dict[str, pd.DataFrame]) -> None:
    expected = memberships(world, tables).groupby(KEYS).apply(recomputed)
    found = tables["segment_lift"].set_index(KEYS).loc[expected.index]
    tested = found["verdict"] != "too_few"
    assert tested.sum() > 50 and (found["lift"].notna() == tested).all()
    for column in expected.columns:
        np.testing.assert_allclose(
            found[column][tested].astype(float), expected[column][tested], rtol=1e-6, atol=1e-8, err_msg=column
        )


@pytest.mark.parametrize("outcome", ["quality", "win"])
def test_q_is_benjamini_hochberg_over_the_counted_hypotheses(tables: dict[str, pd.DataFrame], outcome: str) -> None:
    lift = tables["segment_lift"]
    counted = lift[(lift["outcome"] == outcome) & lift["is_counted"]]
    assert (counted["n_tests"] == len(counted)).all() and len(counted) > 20
    np.testing.assert_allclose(counted["q_value"], false_discovery_control(counted["p_value"]), rtol=1e-6)


def test_planted_traits_are_found_with_their_sign(tables: dict[str, pd.DataFrame]) -> None:
    lift = tables["segment_lift"].set_index(KEYS)
    assert lift.loc[("quality", "industry", "saas"), "verdict"] == "icp"
    assert lift.loc[("quality", "industry", "agency"), "verdict"] == "negative"
    assert lift.loc[("quality", "industry", "agency"), "churn_rate"] > 1.3 * lift["average_churn_rate"].iloc[0]


def test_complements_mirror_each_other_and_count_once(tables: dict[str, pd.DataFrame]) -> None:
    lift = tables["segment_lift"].set_index(KEYS)
    yes, no = (lift.loc[("quality", "has_revops", level)] for level in ("yes", "no"))
    assert yes["n_segment"] + no["n_segment"] == yes["n_known"] == no["n_known"]
    assert yes["effect"] == -no["effect"] and yes["p_value"] == no["p_value"] and yes["q_value"] == no["q_value"]
    assert yes["is_counted"] and not no["is_counted"]


def test_every_range_of_bins_is_listed_once(tables: dict[str, pd.DataFrame]) -> None:
    names = tables["segment_definitions"].query("attribute == 'employees'")["segment"].unique()
    # Five bins occur: 15 ranges of neighbours, without the whole.
    assert len(names) == 14 and "10-199" in names and "<50" in names


def test_intervals_hold_what_they_enclose(tables: dict[str, pd.DataFrame]) -> None:
    lift = tables["segment_lift"].dropna(subset=["lift"])
    assert ((lift["ci_low"] <= lift["lift"]) & (lift["lift"] <= lift["ci_high"])).all()
    assert ((lift["rate_best_low"] <= lift["rate_best"]) & (lift["rate_best"] <= lift["rate_best_high"])).all()
    numbers = tables["segment_lift"].select_dtypes("number")
    assert not np.isinf(numbers.to_numpy(dtype=float)).any()


def test_neither_row_order_nor_names_of_levels_matter(world: World) -> None:
    attributes = world.frames["account_attributes"]
    renamed = attributes.assign(level=attributes["level"].replace({"saas": "zz top", "agency": "0"}))
    shuffled = World({name: frame.sample(frac=1, random_state=9) for name, frame in world.frames.items()})
    before, after = lift_of(world), lift_of(shuffled.but(account_attributes=renamed.sample(frac=1, random_state=1)))
    after["segment"] = after["segment"].replace({"zz top": "saas", "0": "agency"})
    pd.testing.assert_frame_equal(
        before, after.sort_values(KEYS, ignore_index=True), check_exact=False, rtol=1e-9, check_dtype=False
    )


def test_duplicating_every_customer_keeps_lifts_and_narrows_intervals(world: World) -> None:
    twins = World(
        {name: pd.concat([frame, _renamed(frame)], ignore_index=True) for name, frame in world.frames.items()}
    )
    before = lift_of(world).query("outcome == 'win' and verdict != 'too_few'").set_index(KEYS)
    after = lift_of(twins).set_index(KEYS).loc[before.index]
    np.testing.assert_allclose(after["lift"], before["lift"], rtol=0.1)
    np.testing.assert_allclose(after["share_best"], before["share_best"], rtol=1e-9)
    assert (np.log(after["ci_high"] / after["ci_low"]) < 0.75 * np.log(before["ci_high"] / before["ci_low"])).all()
    assert (after["n_segment"] == 2 * before["n_segment"]).all()


def _renamed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        **{name: "x" + frame[name] for name in frame.columns if name.endswith(("account_id", "deal_id"))}
    )


def test_unknown_is_no_level(world: World) -> None:
    """An attribute known for half of the accounts is tested among that half alone."""
    attributes = world.frames["account_attributes"]
    half = attributes["account_id"].str[-1].isin(list("02468"))
    kept = attributes[half | (attributes["attribute"] != "industry")]
    lift = lift_of(world.but(account_attributes=kept)).query("outcome == 'quality' and attribute == 'industry'")
    assert lift["n_known"].nunique() == 1
    assert lift["n_segment"].sum() == lift["n_known"].iloc[0]
    assert lift["share_best"].sum() == pytest.approx(1)


def test_below_thirty_customers_nothing_is_claimed() -> None:
    lift = lift_of(make_world(26, seed=1, effects={("industry", "saas"): 3.0})).query("outcome == 'quality'")
    assert len(lift) and (lift["verdict"] == "too_few").all() and lift[["lift", "p_value"]].isna().all(axis=None)


def test_what_was_recorded_after_the_start_does_not_count_for_it(world: World) -> None:
    """A dated trait that every good customer gets on the day after its start must appear in neither outcome."""
    customers, attributes = world.frames["customers"], world.frames["account_attributes"]
    late = customers[["account_id"]].assign(
        attribute="technology", level="ours", dimension="technographic",
        known_at=customers["customer_since"] + pd.Timedelta(days=1),
    )  # fmt: skip
    early = world.frames["accounts"][["account_id"]].assign(
        attribute="technology", level="theirs", dimension="technographic", known_at=pd.Timestamp("2020-01-01")
    )
    added = pd.concat([attributes, late, early], ignore_index=True)
    lift = lift_of(world.but(account_attributes=added)).query("attribute == 'technology'")
    assert set(lift["segment"]) == {"theirs"}


@pytest.mark.parametrize("n_customers", [120, 500])
def test_permuted_outcomes_give_few_discoveries(n_customers: int) -> None:
    worlds = sum(
        lift_of(make_world(n_customers, seed=seed)).query("verdict in ['icp', 'negative']")["outcome"].nunique() > 0
        for seed in range(8)
    )
    # Two outcomes at 10 %: one company in five; five of eight would happen once in a hundred.
    assert worlds <= 4


@pytest.mark.slow
@pytest.mark.parametrize("n_customers", [40, 1000])
def test_worlds_without_signal_keep_their_false_discovery_rate(n_customers: int) -> None:
    quality = win = 0
    for seed in range(60):
        found = lift_of(make_world(n_customers, seed=1_000 + seed)).query("verdict in ['icp', 'negative']")
        quality += (found["outcome"] == "quality").any()
        win += (found["outcome"] == "win").any()
    # 10 % of 60 is 6; more than 13 has probability 0.003.
    assert quality <= 13 and win <= 13
