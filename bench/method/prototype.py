"""The evidence rule of the method's prototype, round for round, so that both are measured on the same companies.

The prototype's published figures come from other companies, so only this comparison says which rule is better. It
matches the prototype's SQL: the scores of all customers of a company agree to 1e-15.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from bench.method.world import Floats
from icp_pipeline.learning.contract import Ints, LearnSettings
from icp_pipeline.learning.evidence import min_support
from icp_pipeline.learning.matrix import column_sums
from icp_pipeline.learning.observed import Observations

_STEP, _POOL_DF, _CUSTOMERS_PER_ROUND, _MIN_ROUNDS, _MAX_ROUNDS = 0.2, 4.0, 50, 2, 16


def prototype_evidence(customers: Observations, settings: LearnSettings) -> Floats:
    """Log-odds per level of the traits; 0 for levels with too few members."""
    has_level = customers.facts.has_level
    enough = column_sums(has_level) >= min_support(len(customers), settings)
    attribute_of = np.unique(customers.facts.attribute_of[enough], return_inverse=True)[1].astype(np.int64)
    # The shift in log-odds is 6 (percentile - 1/2) in the product; the prototype took the logit of the percentile.
    percentile = customers.y / 6 + 0.5
    weights = np.zeros(has_level.shape[1])
    weights[enough] = boosted(has_level[:, enough], attribute_of, np.log(percentile / (1 - percentile)))
    return weights


def boosted(has_level: sparse.csr_matrix, attribute_of: Ints, y: Floats) -> Floats:
    """Means of the residual by level, shrunk by the variance between an attribute's levels, in steps of a fifth."""
    n = column_sums(has_level)
    weights, left = np.zeros(len(n)), y - y.mean()
    for _ in range(int(np.clip(round(len(y) / _CUSTOMERS_PER_ROUND), _MIN_ROUNDS, _MAX_ROUNDS))):
        means = has_level.T @ left / n
        noise = float(left @ left) / (len(left) - 1)
        centre, variance = _between_levels(n, means, attribute_of, noise)
        step = _STEP * variance / (variance + noise / n) * (means - centre)
        weights += step
        left = left - has_level @ step
    return weights


def _between_levels(n: Floats, means: Floats, attribute_of: Ints, noise: float) -> tuple[Floats, Floats]:
    """For each level, the mean and the variance between levels of its attribute, pooled towards all attributes."""
    levels = np.bincount(attribute_of)
    members = np.bincount(attribute_of, n)
    centre = np.bincount(attribute_of, n * means) / members
    apart = np.bincount(attribute_of, n * (means - centre[attribute_of]) ** 2) / noise
    scale = (members - np.bincount(attribute_of, n * n) / members) / noise
    several, df = levels > 1, levels - 1
    if not several.any():
        return centre[attribute_of], np.zeros(len(n))
    pooled = max(0.0, float((apart - df)[several].sum() / scale[several].sum()))
    own = np.divide(apart - df, scale, out=np.zeros(len(df)), where=several)
    variance = np.where(several, np.maximum(0.0, (df * own + _POOL_DF * pooled) / (df + _POOL_DF)), 0.0)
    return centre[attribute_of], variance[attribute_of]
