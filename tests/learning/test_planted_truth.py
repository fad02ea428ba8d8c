"""The planted ICP is found, with size and sign, and what was planted to mislead is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from learned_worlds import learn
from sklearn.linear_model import LogisticRegression
from worlds import NULLS, PLANTED, MadeUp, make_world

from icp_pipeline.learning.backtest import auc
from icp_pipeline.learning.calibration import sigmoid
from icp_pipeline.learning.contract import LearnedIcp
from icp_pipeline.learning.matrix import read_traits

Planted = Callable[[int], tuple[MadeUp, LearnedIcp]]
SEEDS = range(6)


def prospect_points(world: MadeUp, learned: LearnedIcp) -> pd.Series:
    """Fit points of the prospects, added up without SQL."""
    joined = world.attributes.merge(learned.evidence, on=["attribute", "level"])
    total = joined.groupby("account_id")["points"].sum().reindex(world.market).fillna(0.0)
    return total + learned.calibration["prior_points"].iloc[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_main_traits_and_the_negative_are_found(seed: int, planted: Planted) -> None:
    _, learned = planted(seed)
    kinds = {(row.attribute, row.segment): row.kind for row in learned.criteria.itertuples()}
    assert learned.has_signal
    assert set(kinds) >= PLANTED
    assert kinds["business_model", "saas"] in ("positive", "must_have")
    assert kinds["business_model", "agency"] in ("negative", "disqualifier")


def test_null_traits_are_hardly_ever_criteria(planted: Planted) -> None:
    found = [attribute for seed in SEEDS for attribute in planted(seed)[1].criteria["attribute"]]
    assert sum(attribute in NULLS for attribute in found) <= 0.1 * len(found)


def test_proxies_are_hardly_ever_criteria(planted: Planted) -> None:
    """Revenue follows headcount and industry the business model: each passes alone, and is explained away."""
    found = [attribute for seed in SEEDS for attribute in planted(seed)[1].criteria["attribute"]]
    assert sum(attribute in ("revenue", "industry") for attribute in found) <= 0.2 * len(found)


def test_headcount_is_a_range_of_bins(planted: Planted) -> None:
    segments = [
        segment for seed in SEEDS for segment in planted(seed)[1].criteria.query("attribute == 'employees'")["segment"]
    ]
    assert sum("200-499 to" in segment for segment in segments) >= 4


def test_unseen_prospects_are_ranked_nearly_as_well_as_can_be(planted: Planted) -> None:
    areas, oracles = [], []
    for seed in SEEDS:
        world, learned = planted(seed)
        best = world.prospect_best.to_numpy()
        areas.append(auc(prospect_points(world, learned).to_numpy(), best)[0])
        oracles.append(auc(world.prospect_truth.to_numpy(), best)[0])
    # an oracle knows the planted effects and the 15 % of values that are missing here
    assert np.mean(oracles) - np.mean(areas) < 0.04


def test_probabilities_mean_what_they_say(planted: Planted) -> None:
    errors = []
    for seed in SEEDS:
        world, learned = planted(seed)
        probability = sigmoid(prospect_points(world, learned).to_numpy())
        tenth = pd.qcut(pd.Series(probability).rank(method="first"), 10, labels=False).to_numpy()
        ideal = world.prospect_ideal.to_numpy(dtype=float)
        errors.append(
            np.mean([abs(probability[tenth == part].mean() - ideal[tenth == part].mean()) for part in range(10)])
        )
    assert np.mean(errors) <= 0.03


def test_points_are_log_odds(planted: Planted) -> None:
    """One more point of fit is one more in log-odds, for accounts that nobody has sold to yet."""
    worlds = [planted(seed) for seed in SEEDS]
    points = np.concatenate([prospect_points(world, learned).to_numpy() for world, learned in worlds])
    ideal = np.concatenate([world.prospect_ideal.to_numpy() for world, _ in worlds])
    model = LogisticRegression(C=np.inf).fit(points[:, None], ideal)
    assert 0.8 < model.coef_[0, 0] < 1.25


def test_no_two_criteria_share_a_level(planted: Planted) -> None:
    for seed in SEEDS:
        world, learned = planted(seed)
        covered = world.definitions.merge(learned.criteria[["attribute", "segment"]], on=["attribute", "segment"])
        assert not covered.duplicated(["attribute", "level"]).any()


def test_the_trigger_counts_and_the_decoy_does_not(planted: Planted) -> None:
    for seed in SEEDS:
        effects = planted(seed)[1].trigger_effects.set_index("trigger")
        assert effects.loc["funding_round", "points"] > 0.5
        assert effects.loc["newsletter", "points"] < 0.25
        assert effects.loc["newsletter", "floor_points"] == 0
        assert effects.loc["*strong", "floor_points"] > 0


def test_later_deals_turn_out_in_the_order_of_the_tiers(planted: Planted) -> None:
    rates = pd.concat([planted(seed)[1].backtest.set_index("tier")[["accounts", "outcome_rate"]] for seed in SEEDS])
    good = (rates["accounts"] * rates["outcome_rate"].fillna(0)).groupby(level=0).sum() / rates["accounts"].groupby(
        level=0
    ).sum()
    assert good["tier_1"] > good["tier_3"] > good["not_icp"]
    assert good["tier_2"] > good["tier_3"]


def test_other_models_do_not_do_better() -> None:
    compared = pd.concat([learn(make_world(1000, seed), compare=True).comparison for seed in (1, 2, 3)])
    areas = compared.groupby("model")["auc"].mean()
    assert areas["icp"] >= max(areas["logistic_regression"], areas["gradient_boosting"]) - 0.01
    assert areas["icp"] > areas["size_only"] > areas["base_rate"] == 0.5


@pytest.mark.slow
def test_nine_of_ten_companies_of_a_thousand_customers() -> None:
    found = []
    for seed in range(100, 150):
        criteria = learn(make_world(1000, seed)).criteria
        found.append(set(zip(criteria["attribute"], criteria["segment"], strict=True)) >= PLANTED)
    assert np.mean(found) >= 0.9


def test_the_frames_have_the_columns_of_history(planted: Planted) -> None:
    from icp_pipeline.catalog.inputs import INPUTS
    from icp_pipeline.names import TableName

    _, learned = planted(0)
    for part in ("criteria", "evidence", "calibration", "trigger_effects", "backtest", "backtest_curve", "comparison"):
        wanted = set(INPUTS[TableName("history", f"icp_{part}")]) - {"icp_version", "icp_id"}
        assert set(getattr(learned, part).columns) == wanted, part


def test_every_level_of_a_criterion_carries_its_name(planted: Planted) -> None:
    world, learned = planted(0)
    covered = world.definitions.merge(learned.criteria[["attribute", "segment"]], on=["attribute", "segment"])
    named = learned.evidence.set_index(["attribute", "level"])["segment"]
    for row in covered.itertuples():
        assert named[(row.attribute, row.level)] == row.segment
    assert len(read_traits(world.attributes).levels) >= len(learned.evidence)
