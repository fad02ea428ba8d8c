"""What was true when a version was learned, stored with it so that later runs can measure drift.

Effects are stored as sums by tenure: young customers have fewer metrics, so a trait seems to matter less
among them. A later run compares customers of the same tenure, or every growing company would seem to drift.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from icp_pipeline.learning.clusters import Clusters
from icp_pipeline.learning.contract import (
    SCORE_EFFECTS,
    SEGMENT_EFFECTS,
    TRAIT_SHARES,
    Bools,
    Ints,
    LearnSettings,
    frame,
)
from icp_pipeline.learning.fit import Fit
from icp_pipeline.learning.matrix import Facts, Segments, Traits
from icp_pipeline.learning.observed import Observations

# Half a year in days, and the last half-year that has a stratum of its own: from three years on, age says little.
_HALF_YEAR_DAYS = 182
_LAST_HALF_YEAR = 6


def segment_effects(
    segments: Segments, chosen: Sequence[int] | Ints, customers: Observations, settings: LearnSettings
) -> pd.DataFrame:
    """Per criterion and half-year of tenure: customers inside and outside, and the sums of their y and y squared.

    `chosen` are positions in `segments.names`. Outside are customers whose attribute is known and who do not meet it.
    """
    strata = tenure_half_years(customers.at, settings)
    members, known = customers.facts.has_segment(segments), customers.facts.known
    rows = []
    for segment in chosen:
        attribute, name = segments.names[segment]
        inside = members[:, [segment]].toarray().ravel() > 0
        outside = (known[:, [segments.attribute_of[segment]]].toarray().ravel() > 0) & ~inside
        for stratum in np.unique(strata[(inside | outside) & (strata >= 0)]):
            sums = _sums(customers, inside & (strata == stratum), outside & (strata == stratum))
            rows.append({"attribute": attribute, "segment": name, "tenure_half_years": int(stratum), **sums})
    return frame(rows, SEGMENT_EFFECTS)


def score_effects(fit: Fit, customers: Observations, settings: LearnSettings) -> pd.DataFrame:
    """Per half-year of tenure: the sums from which the correlation of score and outcome follows.

    Each customer is scored by the fit that has not seen it, or the version would seem to decline from day one.
    """
    strata = tenure_half_years(customers.at, settings)
    best, win = fit.calibration.slopes
    score = best * fit.quality.held_out(customers) + win * fit.win.held_out(customers)
    rows = []
    for stratum in np.unique(strata[strata >= 0]):
        inside = strata == stratum
        clusters = Clusters.of(customers.clusters.cluster[inside])
        x, y = clusters.means(score[inside]), clusters.means(customers.y[inside])
        sums = (int(stratum), len(x), x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum())
        rows.append(dict(zip(SCORE_EFFECTS, sums, strict=True)))
    return frame(rows, SCORE_EFFECTS)


def tenure_half_years(since: pd.Series, settings: LearnSettings) -> Ints:
    """Whole half-years from the start to the as-of date, at most six; -1 if the start is unknown."""
    days = (settings.as_of - pd.to_datetime(since)).dt.days.to_numpy(dtype=np.float64)
    halves = np.clip(np.floor(days / _HALF_YEAR_DAYS), 0, _LAST_HALF_YEAR)
    return np.where(np.isnan(days), -1, halves).astype(np.int64)


def trait_shares(traits: Traits, market: Facts, parents: Clusters) -> pd.DataFrame:
    """Per level of each attribute known in the market: how many have it, and its share of all values of the attribute.

    Accounts of one parent count once. An attribute with several values counts each of them, so that shares of one
    attribute always add up to 1.
    """
    counts = parents.counts(market.has_level)
    names = traits.levels.to_frame(index=False, name=["attribute", "level"]).assign(n=counts.astype(np.int64))
    names = names[names["n"] > 0].reset_index(drop=True)
    total = names.groupby("attribute")["n"].transform("sum")
    return names.assign(share=names["n"] / total)[TRAIT_SHARES]


def _sums(customers: Observations, inside: Bools, outside: Bools) -> dict[str, float]:
    """The sums from which mean difference, variance and standard error follow; a cluster is its mean on either side."""
    known = inside | outside
    clusters = Clusters.of(2 * customers.clusters.cluster[known] + inside[known])
    y, is_inside = clusters.means(customers.y[known]), clusters.means(inside[known].astype(float)) > 0.5
    return {
        "n_segment": int(is_inside.sum()),
        "n_outside": int((~is_inside).sum()),
        "sum_y": float(y[is_inside].sum()),
        "sum_y_outside": float(y[~is_inside].sum()),
        "sum_y_squared": float((y**2).sum()),
    }
