"""The test behind every lift, compared with an independent source: a wrong variance or denominator shows at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
from learned_worlds import SETTINGS
from scipy import stats
from worlds import definitions

from icp_pipeline.learning.lift import segment_lift
from icp_pipeline.learning.matrix import read_segments, read_traits
from icp_pipeline.learning.observed import read_observations


def lifts(levels: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    """segment_lift of one attribute; None means unknown."""
    accounts = np.array([f"a{number:05d}" for number in range(len(y))], dtype=object)
    known = pd.Series(levels).notna().to_numpy()
    rows = pd.DataFrame({"account_id": accounts[known], "attribute": "trait", "level": levels[known]})
    observed = pd.DataFrame({"outcome": "quality", "observation_id": accounts, "account_id": accounts, "y": y})
    observed = observed.assign(observed_at=pd.Timestamp("2024-01-01"), is_best=y > 1.8, is_worst=y <= -1.8)
    traits = read_traits(rows)
    customers = read_observations(observed, "quality", traits)
    return segment_lift(read_segments(traits, definitions(rows)), customers, SETTINGS).set_index("segment")


def test_z_is_the_correlation_of_membership_and_outcome_among_the_known() -> None:
    """effect
    se with the variance of y over all known is exactly r sqrt(n - 1); the unknown are far off and wild."""
    rng = np.random.default_rng(0)
    levels = rng.choice(np.array(["a", "b", "c"], dtype=object), 400, p=[0.6, 0.3, 0.1])
    y = rng.normal(size=400) * np.where(levels == "a", 0.5, 2.0) + 0.4 * (levels == "b")
    unknown = rng.random(400) < 0.25
    y[unknown] = 40 + 30 * rng.normal(size=unknown.sum())
    levels[unknown] = None
    found = lifts(levels, y)
    for level in ("a", "b", "c"):
        inside = (levels == level)[~unknown]
        r = stats.pearsonr(inside, y[~unknown]).statistic
        z = r * np.sqrt(len(inside) - 1)
        np.testing.assert_allclose(found.loc[level, "p_value"], 2 * stats.norm.sf(abs(z)), rtol=1e-9)
        effect = y[~unknown][inside].mean() - y[~unknown][~inside].mean()
        np.testing.assert_allclose(found.loc[level, "effect"], effect, rtol=1e-9)


def test_p_values_of_noise_are_uniform() -> None:
    """Too small a variance makes discoveries of noise; too large a one hides real effects."""
    rng = np.random.default_rng(1)
    p_values = []
    for _ in range(150):
        n = 240
        y = 6 * ((rng.permutation(n) + 0.5) / n - 0.5)
        levels = rng.choice(np.array(["a", "b", "c", None], dtype=object), n, p=[0.2, 0.3, 0.3, 0.2])
        p_values += lifts(levels, y)["p_value"].tolist()
    assert 0.03 < np.mean(np.array(p_values) < 0.05) < 0.075
    assert 0.46 < np.mean(p_values) < 0.54
