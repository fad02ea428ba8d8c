"""Pairs: a planted combination is found if there are enough customers, and sums of parts are not called one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from outcome_world import World, built, make_world, table_of
from scipy.stats import norm

MAINS = {("industry", "saas"): 0.35, ("industry", "agency"): -0.45, ("crm", "salesforce"): 0.35}


def world_with_pair(n_customers: int, seed: int, extra: float) -> World:
    """Customers that are saas with salesforce turn out better than the two traits alone explain."""
    return make_world(n_customers, seed=seed, effects=MAINS, pair=(("industry", "saas"), ("crm", "salesforce"), extra))


def pairs_of(world: World) -> pd.DataFrame:
    with built(world) as connection:
        pairs = table_of(connection, "segments.segment_pair_lift")
    return pairs[pairs["outcome"] == "quality"]


def planted(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs[(pairs["segment"] == "salesforce") & (pairs["segment_2"] == "saas")]


def test_a_strong_combination_is_found() -> None:
    found = planted(pairs_of(world_with_pair(3_000, seed=1, extra=1.0)))
    assert len(found) == 1 and found["verdict"].iloc[0] == "icp"
    row = found.iloc[0]
    assert row["p_value"] == pytest.approx(2 * norm.sf(abs(row["z"])), rel=2e-7)
    assert row["z"] == pytest.approx(row["effect"] / row["standard_error"], rel=1e-6)
    assert row["ci_low"] < row["lift"] < row["ci_high"] and row["attribute"] < row["attribute_2"]


def test_below_three_hundred_customers_no_pair_is_tried() -> None:
    assert pairs_of(world_with_pair(250, seed=1, extra=3.0)).empty


@pytest.mark.slow
def test_power_and_false_calls_over_seeds() -> None:
    found = sum((planted(pairs_of(world_with_pair(3_000, seed, 0.6)))["verdict"] == "icp").any() for seed in range(20))
    wrong = sum(
        pairs_of(world_with_pair(3_000, seed, 0.0))["verdict"].isin(["icp", "negative"]).any() for seed in range(40)
    )
    assert found >= 12
    assert wrong <= 10


def test_the_contrast_cancels_what_the_parts_do_by_themselves() -> None:
    """Without a combination, the mean contrast over seeds is zero, though both parts are strong."""
    effects = [planted(pairs_of(world_with_pair(1_500, seed, 0.0)))["effect"].mean() for seed in range(6)]
    assert abs(np.nanmean(effects)) < 0.35
