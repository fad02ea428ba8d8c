"""Lift of every segment in numpy: the figures of `segments.segment_lift`, for folds and the backtest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import ndtr

from icp_pipeline.learning.clusters import Clusters
from icp_pipeline.learning.contract import Bools, Floats, Ints, LearnSettings
from icp_pipeline.learning.evidence import min_support
from icp_pipeline.learning.matrix import Segments
from icp_pipeline.learning.observed import Observations

_MIN_OUTSIDE = 5


def two_sided_p(z: Floats) -> Floats:
    """Probability of a |z| at least this large by chance."""
    return 2 * ndtr(-np.abs(z))


def segment_lift(segments: Segments, customers: Observations, settings: LearnSettings) -> pd.DataFrame:
    """One row per segment in the order of `segments.names`; too small ones have NaN p and q."""
    members, known, y = customers.facts.has_segment(segments), customers.facts.known, customers.y
    at, clusters = segments.attribute_of, customers.clusters
    inside = Counts.of(members, known, at, clusters)
    weighted = clusters.weight * y
    effect, error = _effect(members.T @ weighted, (known.T @ weighted)[at], (known.T @ (weighted * y))[at], inside)
    tested = (inside.n >= min_support(customers.n, settings)) & (inside.n_outside >= _MIN_OUTSIDE)
    p_value = np.where(tested, two_sided_p(effect / error), np.nan)
    lift, low, high = _best_over_worst(
        members,
        known,
        at,
        customers.success * clusters.weight,
        customers.failure * clusters.weight,
        settings.interval_z,
    )
    counted = tested & (segments.is_complement == 0)
    result = segments.names.to_frame(index=False, name=["attribute", "segment"])
    return result.assign(
        n_segment=inside.n,
        n_known=clusters.counts(known)[at],
        lift=lift,
        ci_low=low,
        ci_high=high,
        effect=effect,
        p_value=p_value,
        q_value=benjamini_hochberg(p_value, counted),
        is_counted=counted,
    )


def benjamini_hochberg(p_value: Floats, counted: Bools) -> Floats:
    """q-values; complements get one too, but do not count as further hypotheses. NaN stays NaN."""
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


@dataclass(frozen=True)
class Counts:
    """Per segment: observations inside and outside, their weights, and their effective numbers."""

    n: Floats
    n_outside: Floats
    weight: Floats
    weight_outside: Floats
    effective: Floats
    effective_outside: Floats

    @classmethod
    def of(cls, members: sparse.spmatrix, known: sparse.spmatrix, at: Ints, clusters: Clusters) -> Counts:
        """Count members and those whose attribute is known without being one; `at`: each segment's attribute."""
        n, weight = clusters.counts(members), clusters.weights(members)
        weight_outside = clusters.weights(known)[at] - weight
        if not clusters.has_groups:
            return cls(n, weight_outside, weight, weight_outside, weight, weight_outside)
        outside = (known[:, at] - members).tocsr()
        outside.eliminate_zeros()
        return cls(
            n,
            clusters.counts(outside),
            weight,
            weight_outside,
            clusters.effective(members),
            clusters.effective(outside),
        )

    def error_of(self, variance: Floats | float) -> Floats:
        """Standard error of the mean inside minus the mean outside."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.sqrt(variance * (1 / self.effective + 1 / self.effective_outside)), dtype=np.float64)


def _effect(sum_in: Floats, sum_known: Floats, squares: Floats, inside: Counts) -> tuple[Floats, Floats]:
    """Mean inside minus mean outside, and its standard error from the pooled variance."""
    weight_known = inside.weight + inside.weight_outside
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = sum_in / inside.weight - (sum_known - sum_in) / inside.weight_outside
        variance = (squares - sum_known**2 / weight_known) / (weight_known - 1)
        return effect, inside.error_of(variance)


def _best_over_worst(
    members: Floats, known: Floats, at: Ints, best_weight: Floats, worst_weight: Floats, interval_z: float
) -> tuple[Floats, Floats, Floats]:
    """Share among the best over share among the worst, with its interval on the log scale."""
    best, worst = members.T @ best_weight, members.T @ worst_weight
    all_best, all_worst = (known.T @ best_weight)[at], (known.T @ worst_weight)[at]
    lift = ((best + 0.5) / (all_best + 0.5)) / ((worst + 0.5) / (all_worst + 0.5))
    inverse = 1 / (best + 0.5) - 1 / (all_best + 0.5) + 1 / (worst + 0.5) - 1 / (all_worst + 0.5)
    width = np.exp(interval_z * np.sqrt(np.maximum(inverse, 0)))
    return lift, lift / width, lift * width
