"""The weights themselves: shrunk if there is noise, honest if there is not, evaluated on folds they never saw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from learned_worlds import SETTINGS
from worlds import make_world

from icp_pipeline.learning import evidence
from icp_pipeline.learning.evidence import fit_evidence, signal
from icp_pipeline.learning.matrix import Traits, read_traits
from icp_pipeline.learning.observed import FOLDS, Observations, account_folds, read_observations

N = 3000
ACCOUNTS = np.array([f"account {number}" for number in range(N)], dtype=object)


def traits_of(columns: dict[str, np.ndarray]) -> Traits:
    parts = [
        pd.DataFrame({"account_id": ACCOUNTS, "attribute": name, "level": values}) for name, values in columns.items()
    ]
    return read_traits(pd.concat(parts).dropna())


def outcome(traits: Traits, y: np.ndarray) -> Observations:
    rows = pd.DataFrame(
        {
            "outcome": "quality",
            "observation_id": ACCOUNTS,
            "account_id": ACCOUNTS,
            "observed_at": pd.Timestamp("2024-01-01"),
            "y": y,
            "is_best": False,
            "is_worst": False,
        }
    )
    return read_observations(rows, "quality", traits)


def weights(traits: Traits, y: np.ndarray) -> pd.Series:
    seen = outcome(traits, y)
    fit = fit_evidence(seen, SETTINGS)
    return pd.Series(fit.full, index=traits.levels)


def test_a_real_difference_is_kept_nearly_whole() -> None:
    rng = np.random.default_rng(0)
    has = rng.random(N) < 0.3
    found = weights(traits_of({"crm": np.where(has, "yes", "no")}), rng.normal(size=N) * 1.7 + has)
    assert 0.85 < found["crm", "yes"] - found["crm", "no"] < 1.1


def test_many_levels_of_noise_shrink_to_next_to_nothing() -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(size=N) * 1.7
    area = np.array([f"area {number}" for number in rng.integers(0, 80, N)], dtype=object)
    traits = traits_of({"area": area})
    raw = pd.Series(y).groupby(area).mean().abs().max()
    assert weights(traits, y).abs().max() < 0.15 * raw


def test_a_level_whose_distance_may_be_chance_keeps_less_of_it_than_a_clear_one() -> None:
    """Five levels of equal size, two far off and three hardly: with common shrinkage, all would keep the same share."""
    count, levels = 600, np.array(["a", "b", "c", "d", "e"], dtype=object)
    which = np.arange(count) % 5
    planted = np.array([1.2, 0.15, -0.15, 0.1, -1.3])
    noise = np.random.default_rng(5).normal(size=count) * 1.7
    noise -= pd.Series(noise).groupby(which).transform("mean").to_numpy()
    y = planted[which] - planted.mean() + noise
    rows = pd.DataFrame({"account_id": ACCOUNTS[:count], "attribute": "kind", "level": levels[which]})
    traits = read_traits(rows)
    seen = outcome(traits, np.pad(y, (0, N - count), constant_values=np.nan))
    kept = fit_evidence(seen, SETTINGS).full / (planted - planted.mean())
    clear, unclear = kept[[0, 4]], kept[[1, 2, 3]]
    assert clear.min() > 0.75
    assert unclear.max() < 0.6


def test_prospects_are_ranked_nearer_to_the_truth_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the second shrinkage, levels without effect keep as much noise as others keep of their effect."""
    gains = []
    for seed in range(10):
        world = make_world(200, seed + 200)
        traits = read_traits(world.attributes)
        seen = read_observations(world.observations, "quality", traits)
        prospects, truth = traits.facts(world.market).has_level, world.prospect_truth.to_numpy()
        twice = np.corrcoef(prospects @ fit_evidence(seen, SETTINGS).full, truth)[0, 1]
        with monkeypatch.context() as patch:
            patch.setattr(evidence, "_own_part", lambda error, deviations: np.ones_like(error))
            once = np.corrcoef(prospects @ fit_evidence(seen, SETTINGS).full, truth)[0, 1]
        gains.append(twice - once)
    assert np.mean(gains) > 0.005


def test_levels_with_next_to_no_customers_have_no_weight() -> None:
    rng = np.random.default_rng(2)
    rare = np.where(np.arange(N) < 9, "rare", "common")
    found = weights(traits_of({"kind": rare}), rng.normal(size=N) + 3 * (rare == "rare"))
    assert found["kind", "rare"] == 0


def test_rare_levels_speak_where_they_differ_and_are_silent_where_chance_explains_them() -> None:
    """120 levels of 25 customers, each less than a hundredth of all."""
    level, silent = np.arange(N) % 120, 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        noise, effects = rng.normal(size=N), rng.normal(size=120)
        traits = traits_of({"city": np.array([f"{place:03}" for place in level], dtype=object)})
        silent += (weights(traits, noise) == 0).all()
        found = weights(traits, noise + effects[level])
        assert np.corrcoef(found.loc["city"].sort_index(), effects)[0, 1] > 0.9
    assert silent >= 9


def test_unknown_is_neutral_and_no_level() -> None:
    rng = np.random.default_rng(3)
    has = rng.random(N) < 0.5
    known = rng.random(N) < 0.5
    level = np.where(known, np.where(has, "yes", "no"), None)
    traits = traits_of({"crm": level})
    # customers whose value is missing do far worse: that must not make the known levels look good
    found = weights(traits, rng.normal(size=N) + has - 5 * ~known)
    assert len(found) == 2
    assert abs(found["crm", "yes"] + found["crm", "no"]) < 0.2


def test_held_out_scores_do_not_rank_noise() -> None:
    """On rows that were learned from, the same scores would reach a z of about five."""
    zs = []
    for seed in range(15):
        world = make_world(200, seed, signal=False, n_market=10)
        traits = read_traits(world.attributes)
        seen = read_observations(world.observations, "quality", traits)
        fit = fit_evidence(seen, SETTINGS)
        zs.append(signal(fit.held_out(seen), seen.y))
    assert abs(np.mean(zs)) < 0.8


def test_a_fold_is_the_accounts_own() -> None:
    ids = pd.Series([f"account {number}" for number in range(1000)])
    folds = account_folds(ids)
    assert set(folds) == set(range(FOLDS))
    assert np.bincount(folds).min() > 150
    assert (account_folds(ids[::-1])[::-1] == folds).all()
    assert (account_folds(pd.concat([ids, ids])) == np.tile(folds, 2)).all()


def test_technologies_that_come_together_share_the_credit() -> None:
    """Thirty technologies on the same accounts: one fact, not thirty, and no oscillation."""
    rng = np.random.default_rng(4)
    has = rng.random(N) < 0.3
    tools_of = {True: [f"tool {number}" for number in range(30)], False: ["other"]}
    members = [(account, tool) for account, yes in zip(ACCOUNTS, has, strict=True) for tool in tools_of[bool(yes)]]
    stacks = pd.DataFrame(members, columns=["account_id", "level"]).assign(attribute="stack")
    found = weights(read_traits(stacks), rng.normal(size=N) * 1.7 + has)
    tools = sum(found["stack", f"tool {number}"] for number in range(30))
    assert 0.5 < tools - found["stack", "other"] < 1.3
