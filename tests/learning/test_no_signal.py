"""Without signal nothing is claimed; with little signal, little is claimed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from learned_worlds import SETTINGS, learn
from worlds import make_world

from icp_pipeline.learning.fit import fit_icp
from icp_pipeline.learning.learn import learn_icp
from icp_pipeline.learning.matrix import read_segments, read_traits
from icp_pipeline.learning.observed import matured, read_observations


def codes(warnings: pd.DataFrame) -> set[str]:
    return set(warnings["code"])


def test_noise_makes_no_icp() -> None:
    learned = [learn(make_world(300, seed, signal=False, n_market=200)) for seed in range(12)]
    assert sum(icp.has_signal for icp in learned) <= 1
    for icp in learned:
        if not icp.has_signal:
            assert "NO_SIGNAL" in codes(icp.warnings)
            assert icp.criteria.empty and icp.evidence.empty and icp.backtest.empty
            assert len(icp.calibration) == 1


@pytest.mark.slow
@pytest.mark.parametrize("customers", [100, 1000])
def test_at_most_one_company_in_twenty_without_signal_gets_an_icp(customers: int) -> None:
    found = [learn(make_world(customers, seed, signal=False, n_market=100)).has_signal for seed in range(300, 400)]
    assert np.mean(found) <= 0.05


def test_outcomes_dealt_out_anew_make_no_icp() -> None:
    world = make_world(600, 5)
    found = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        shuffled = world.observations.copy()
        for outcome in ("quality", "win"):
            rows = np.flatnonzero(shuffled["outcome"] == outcome)
            order = rng.permutation(rows)
            for column in ("y", "is_won", "is_best", "is_worst"):
                shuffled.loc[shuffled.index[rows], column] = shuffled[column].to_numpy()[order]
        found.append(learn_icp(shuffled, world.attributes, world.definitions, settings=SETTINGS).has_signal)
    assert sum(found) <= 1


def test_below_thirty_customers_nothing_is_claimed() -> None:
    world = make_world(20, 3)
    quality = world.observations[world.observations["outcome"] == "quality"].head(29)
    rest = world.observations[world.observations["outcome"] == "win"]
    learned = learn_icp(pd.concat([quality, rest]), world.attributes, world.definitions, settings=SETTINGS)
    assert learned.criteria.empty
    assert codes(learned.warnings) == {"TOO_FEW_CUSTOMERS", "NO_SIGNAL"}


def test_few_customers_get_a_direction_and_no_disqualifier() -> None:
    for seed in range(40):
        learned = learn(make_world(70, seed, n_market=100))
        if learned.has_signal and learned.n_customers < 100:
            assert learned.criteria["evidence"].str.startswith("Directional").all()
            assert "disqualifier" not in set(learned.criteria["kind"])
            assert "TOO_FEW_CUSTOMERS" in codes(learned.warnings)
            return
    pytest.fail("no world of 70 customers had an ICP, so nothing was tested")


@pytest.mark.parametrize("outcomes", [[], ["quality"], ["win"]])
def test_missing_outcomes_are_no_error(outcomes: list[str]) -> None:
    world = make_world(600, 1)
    some = world.observations[world.observations["outcome"].isin(outcomes)]
    learned = learn_icp(some, world.attributes, world.definitions, settings=SETTINGS)
    assert learned.has_signal == (outcomes == ["quality"])
    assert np.isfinite(learned.calibration.to_numpy(dtype=float)).all()


def test_no_attributes_are_no_error() -> None:
    world = make_world(100, 1, n_market=10)
    learned = learn_icp(world.observations, world.attributes.head(0), world.definitions.head(0), settings=SETTINGS)
    assert not learned.has_signal
    assert 0 < learned.calibration["market_average"].iloc[0] < 1


def test_a_broad_icp_is_called_broad() -> None:
    world = make_world(1000, 1)
    everybody_sells_saas = world.attributes[world.attributes["attribute"] == "business_model"]
    negative_only = everybody_sells_saas.assign(
        level=np.where(everybody_sells_saas["level"] == "agency", "agency", "other")
    )
    learned = learn_icp(
        world.observations, negative_only, _single(negative_only), market=world.market, settings=SETTINGS
    )
    assert len(learned.criteria) == 1
    assert "ICP_TOO_BROAD" in codes(learned.warnings)


def _single(attributes: pd.DataFrame) -> pd.DataFrame:
    levels = attributes[["attribute", "level"]].drop_duplicates()
    return levels.assign(segment=levels["level"], is_complement=levels["level"] == "other")


def test_one_clear_criterion_is_needed() -> None:
    """BH lets a criterion through in one company in ten without signal; the ICP as a whole needs more than that."""
    world = make_world(1000, 1)
    traits = read_traits(world.attributes)
    quality, deals = (read_observations(world.observations, name, traits) for name in ("quality", "win"))
    segments = read_segments(traits, world.definitions)
    fit = fit_icp(segments, quality, deals, None, SETTINGS)
    hypotheses = fit.lift["is_counted"].sum()
    assert fit.has_signal(segments, SETTINGS)
    for p_value, enough in ((0.04 / hypotheses, True), (0.06 / hypotheses, False)):
        lift = fit.lift.assign(p_value=p_value)
        assert replace(fit, lift=lift, signal_z=2.0).has_signal(segments, SETTINGS) == enough
        assert replace(fit, lift=lift, signal_z=2.4).has_signal(segments, SETTINGS)
    assert not replace(fit, signal_z=1.6).has_signal(segments, SETTINGS)


def test_only_matured_results_count() -> None:
    """A deal won last week is neither ideal nor a failure; won deals with a known result stand in for those without."""
    days = pd.to_datetime(["2024-01-01"] * 6 + ["2026-05-20"] * 2)
    names = [f"a{number}" for number in range(8)]
    won = [True, True, True, True, False, False, True, False]
    deals = pd.DataFrame({"outcome": "win", "observation_id": names, "account_id": names, "observed_at": days})
    deals = deals.assign(y=[1.0 if is_won else -1.0 for is_won in won], is_won=won)
    ranked = deals.head(2).assign(outcome="quality", y=[2.9, 0.0], is_best=[True, False], is_worst=False)
    traits = read_traits(pd.DataFrame({"account_id": names, "attribute": "crm", "level": "none"}))
    both = pd.concat([deals, ranked])
    judged = matured(*(read_observations(both, name, traits) for name in ("quality", "win")), SETTINGS)
    assert list(judged.observations.account_ids) == ["a0", "a1", "a4", "a5"]
    assert list(judged.ideal) == [True, False, False, False]
    assert list(judged.weight) == [2, 2, 1, 1]
