"""Lift of every segment in numpy: the same figures as `segments.segment_lift`, for subsets that SQL never sees."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from icp_pipeline.learning.contract import Bools, Floats, Ints, LearnSettings
from icp_pipeline.learning.evidence import min_support
from icp_pipeline.learning.matrix import Segments, column_sums
from icp_pipeline.learning.observed import Observations

_MIN_OUTSIDE = 5


def two_sided_p(z: Floats) -> Floats:
    """Probability of a |z| at least this large by chance."""
    return 2 * ndtr(-np.abs(z))


def segment_lift(segments: Segments, customers: Observations, settings: LearnSettings) -> pd.DataFrame:
    """One row per segment in the order of `segments.names`; too small ones have NaN p and q."""
    members, known, y = customers.facts.has_segment(segments), customers.facts.known, customers.y
    at = segments.attribute_of
    n, n_known = column_sums(members), column_sums(known)[at]
    effect, error = _effect(members.T @ y, (known.T @ y)[at], (known.T @ (y * y))[at], n, n_known)
    tested = (n >= min_support(len(y), settings)) & (n_known - n >= _MIN_OUTSIDE)
    p_value = np.where(tested, two_sided_p(effect / error), np.nan)
    lift, low, high = _best_over_worst(members, known, at, customers.success, customers.failure, settings.interval_z)
    counted = tested & (segments.is_complement == 0)
    result = segments.names.to_frame(index=False, name=["attribute", "segment"])
    return result.assign(
        n_segment=n,
        n_known=n_known,
        lift=lift,
        ci_low=low,
        ci_high=high,
        effect=effect,
        p_value=p_value,
        q_value=benjamini_hochberg(p_value, counted),
        is_counted=counted,
    )


def benjamini_hochberg(p_value: Floats, counted: Bools) -> Floats:
    """q values; complements get one too but do not count as further hypotheses. NaN stays NaN."""
    q_value = np.full(len(p_value), np.nan)
    tested = np.flatnonzero(np.isfinite(p_value))
    if not len(tested):
        return q_value
    counted_p = np.sort(p_value[counted & np.isfinite(p_value)])
    order = tested[np.argsort(p_value[tested], kind="stable")]
    rank = np.maximum(np.searchsorted(counted_p, p_value[order], side="right"), 1)
    ratio = p_value[order] * len(counted_p) / rank
    q_value[order] = np.minimum(1.0, np.minimum.accumulate(ratio[::-1])[::-1])
    return q_value


def _effect(sum_in: Floats, sum_known: Floats, squares: Floats, n: Floats, n_known: Floats) -> tuple[Floats, Floats]:
    """Mean inside minus mean outside, and its standard error from the pooled variance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = sum_in / n - (sum_known - sum_in) / (n_known - n)
        variance = (squares - sum_known**2 / n_known) / (n_known - 1)
        return effect, np.sqrt(variance * (1 / n + 1 / (n_known - n)))


def _best_over_worst(
    members: Floats, known: Floats, at: Ints, is_best: Bools, is_worst: Bools, interval_z: float
) -> tuple[Floats, Floats, Floats]:
    """Share among the best over share among the worst, with its interval on the log scale."""
    best, worst = members.T @ is_best.astype(float), members.T @ is_worst.astype(float)
    all_best = (known.T @ is_best.astype(float))[at]
    all_worst = (known.T @ is_worst.astype(float))[at]
    lift = ((best + 0.5) / (all_best + 0.5)) / ((worst + 0.5) / (all_worst + 0.5))
    inverse = 1 / (best + 0.5) - 1 / (all_best + 0.5) + 1 / (worst + 0.5) - 1 / (all_worst + 0.5)
    width = np.exp(interval_z * np.sqrt(np.maximum(inverse, 0)))
    return lift, lift / width, lift * width
