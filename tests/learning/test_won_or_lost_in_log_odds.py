"""Of outcomes with two results, points are log-odds even where one level decides nearly everything."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from learned_worlds import SETTINGS

from icp_pipeline.learning.calibration import logit, sigmoid
from icp_pipeline.learning.criteria import Choice
from icp_pipeline.learning.evidence import fit_evidence
from icp_pipeline.learning.matrix import Traits, read_segments, read_traits
from icp_pipeline.learning.misfit import misfit
from icp_pipeline.learning.observed import Observations, read_observations
from icp_pipeline.learning.terms import criterion_weights

N = 6_000
IDS = np.array([f"d{number:04}" for number in range(N)], dtype=object)


def deals(columns: dict[str, np.ndarray], won: np.ndarray) -> tuple[Traits, Observations]:
    """Closed deals with these traits, one per account; y as SQL has it."""
    traits = read_traits(
        pd.concat(
            pd.DataFrame({"account_id": IDS, "attribute": name, "level": found}) for name, found in columns.items()
        )
    )
    share = won.mean()
    rows = pd.DataFrame({"outcome": "win", "observation_id": IDS, "account_id": IDS, "is_won": won, "is_best": False})
    rows = rows.assign(observed_at=pd.Timestamp("2024-01-01"), is_worst=False, y=(won - share) / (share * (1 - share)))
    return traits, read_observations(rows, "win", traits)


def one_in_twenty(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nearly all who are lost owe much: a balance, a trait that means nothing, and who was won."""
    balance = np.where(rng.random(N) < 0.05, "high", np.where(rng.random(N) < 0.5, "low", "middle")).astype(object)
    chance = pd.Series(balance).map({"high": 0.5, "middle": 0.98, "low": 0.995}).to_numpy()
    return balance, rng.choice(np.array(list("abcdefgh"), dtype=object), N), rng.random(N) < chance


@pytest.mark.parametrize("seed", range(3))
def test_a_level_that_decides_has_its_log_odds_and_leaves_the_others_theirs(seed: int) -> None:
    """By y it had three times as many, and the step between the other two a quarter of what it is."""
    balance, null, won = one_in_twenty(np.random.default_rng(seed))
    traits, seen = deals({"balance": balance, "null": null}, won)
    found = pd.Series(fit_evidence(seen, SETTINGS).full, index=traits.levels)["balance"]
    high, middle, low = (logit(won[balance == level].mean()) for level in ("high", "middle", "low"))
    assert found["high"] - found["middle"] == pytest.approx(high - middle, rel=0.15)
    assert found["middle"] - found["low"] == pytest.approx(middle - low, rel=0.25)


def test_a_criterion_carries_its_log_odds() -> None:
    balance, null, won = one_in_twenty(np.random.default_rng(2))
    traits, seen = deals({"balance": balance, "null": null}, won)
    names = pd.DataFrame(
        {"attribute": "balance", "segment": "high", "level": "high", "is_complement": False}, index=[0]
    )
    segments = read_segments(traits, names)
    by_y = float(seen.y[balance == "high"].mean() - seen.y[balance != "high"].mean())
    found = pd.Series(criterion_weights(segments, seen, Choice(np.array([0]), np.array([by_y]))), index=traits.levels)
    planted = (logit(0.5) - logit(0.9875)) * N / (N + 300)
    assert found["balance", "high"] - found["balance", "low"] == pytest.approx(planted, rel=0.1)
    assert by_y < 2.5 * planted


def test_what_is_unexplained_of_deals_is_the_effect_that_the_score_leaves_out() -> None:
    """As the points of triggers are learned: a trait that the score does not know adds .4 to the log-odds."""
    effects = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        score, has_it = rng.normal(size=N) * 3, rng.random(N) < 0.3
        _, seen = deals({"any": np.full(N, "x", dtype=object)}, rng.random(N) < sigmoid(score - 1 + 0.4 * has_it))
        left = misfit(seen, score).by_row
        assert left.mean() == pytest.approx(0, abs=1e-6)
        effects.append(left[has_it].mean() - left[~has_it].mean())
    assert np.mean(effects) == pytest.approx(0.4, abs=0.1)


def test_ranks_are_fitted_as_they_are() -> None:
    _, seen = deals({"any": np.full(N, "x", dtype=object)}, np.arange(N) % 2 == 0)
    assert seen.has_two_results
    ranked = Observations(**{**vars(seen), "failure": seen.failure & (np.arange(N) > 10)})
    assert not ranked.has_two_results
    assert misfit(ranked, np.zeros(N)).by_row == pytest.approx(seen.y - seen.y.mean())
