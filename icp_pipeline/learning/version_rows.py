"""Turns a fit into the rows of one ICP version: criteria in words, evidence per level, calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_pipeline.learning.calibration import calibrate, sigmoid
from icp_pipeline.learning.contract import CALIBRATION, CRITERIA, EVIDENCE, PLACES, Floats, Ints, LearnSettings, frame
from icp_pipeline.learning.criteria import POSITIVE_KINDS
from icp_pipeline.learning.criterion_kinds import market_shares
from icp_pipeline.learning.fit import Fit
from icp_pipeline.learning.matrix import Facts, Segments, Traits
from icp_pipeline.learning.observed import Judged, Observations


@dataclass(frozen=True)
class _Words:
    """Names of the good and the bad results that were learned from."""

    best: str
    worst: str
    counted: str
    note: str = ""


_OUTCOME_WORDS = _Words("the best customers", "the worst", "customers")
_WIN_WORDS = _Words("won deals", "lost ones", "closed deals")
_PROXY_WORDS = _Words(
    "accounts that advanced",
    "those that went nowhere",
    "accounts",
    "Proxy (deals won and advanced, not outcomes): ",
)


def evidence_rows(traits: Traits, segments: Segments, fit: Fit) -> pd.DataFrame:
    """Points per level. A level inside a criterion carries the criterion's name, and is listed even at 0 points."""
    names = traits.levels.to_frame(index=False, name=["attribute", "level"])
    covered = _criterion_of_level(segments, fit)
    criterion = segments.names.get_level_values(1).to_numpy(dtype=object)
    segment = np.where(covered >= 0, criterion[covered], names["level"].to_numpy(dtype=object))
    rows = names.assign(segment=segment, points=fit.level_points)
    return rows[(rows["points"] != 0) | (covered >= 0)].reset_index(drop=True)[EVIDENCE]


def criteria_rows(
    segments: Segments, fit: Fit, quality: Observations, market: Facts, settings: LearnSettings
) -> pd.DataFrame:
    """One row per criterion, good ones first, each with its evidence and the share of the market it keeps."""
    names = segments.names.to_frame(index=False, name=["attribute", "segment"])
    chosen = names.iloc[fit.choice.segments].merge(fit.lift, on=["attribute", "segment"], how="left")
    chosen = chosen.assign(
        kind=fit.kinds,
        points=_member_points(segments, fit, quality),
        share_of_market=market_shares(segments, market, fit.choice),
    )
    directional = quality.n < settings.directional_customers
    words = {"proxy": _PROXY_WORDS, "wins": _WIN_WORDS}.get(settings.basis, _OUTCOME_WORDS)
    relatives = [_relatives(quality, segments, segment, words) for segment in fit.choice.segments]
    chosen["evidence"] = [
        _sentence(row, directional, words) + note
        for row, note in zip(chosen.itertuples(index=False), relatives, strict=True)
    ]
    order = {kind: position for position, kind in enumerate(("must_have", "positive", "negative", "disqualifier"))}
    return chosen.sort_values("kind", key=lambda kind: kind.map(order), kind="stable").reset_index(drop=True)[CRITERIA]


def calibration_row(fit: Fit, judged: Judged, market: Facts, has_signal: bool) -> pd.DataFrame:
    """Prior and slope; without a signal every account has the base rate."""
    if has_signal:
        prior, average, slope = fit.calibration.intercept, fit.market_average(market), fit.calibration.slopes[0]
    else:
        flat = calibrate(np.zeros(len(judged.ideal)), judged.ideal, judged.weight)
        prior, average, slope = flat.intercept, float(sigmoid(np.array([flat.intercept]))[0]), flat.slopes[0]
    return frame([{"prior_points": round(prior, PLACES), "market_average": average, "slope": slope}], CALIBRATION)


def largest_gap(traits: Traits, segments: Segments, fit: Fit) -> float:
    """Largest difference that one positive criterion makes between meeting it and not."""
    gaps = [0.0]
    points = fit.level_points
    for segment, kind in zip(fit.choice.segments, fit.kinds, strict=True):
        if kind in POSITIVE_KINDS:
            inside = segments.covers[:, [segment]].toarray().ravel() > 0
            outside = (traits.attribute_of == segments.attribute_of[segment]) & ~inside
            # whoever does not meet it may be unknown, which is worth 0
            gaps.append(float(points[inside].max() - min(0.0, points[outside].min(initial=0.0))))
    return max(gaps)


def _criterion_of_level(segments: Segments, fit: Fit) -> Ints:
    """For each level, the criterion's position in `segments.names`, or -1."""
    covered = np.full(segments.covers.shape[0], -1, dtype=np.int64)
    for segment in fit.choice.segments:
        covered[segments.covers[:, [segment]].toarray().ravel() > 0] = segment
    return covered


def _member_points(segments: Segments, fit: Fit, customers: Observations) -> Floats:
    """Points of a criterion: the mean over its levels, weighted by customers."""
    n = customers.clusters.weights(customers.facts.has_level)
    covers = segments.covers[:, fit.choice.segments]
    total = covers.T @ (n * fit.level_points)
    return np.round(total / np.maximum(covers.T @ n, 1e-9), PLACES)


def _relatives(quality: Observations, segments: Segments, segment: int, words: _Words) -> str:
    """A note if several of a criterion's customers belong to one parent; else empty."""
    inside = quality.facts.has_segment(segments)[:, [segment]].toarray().ravel() > 0
    parents = quality.parent_ids[inside]
    largest = int(parents.value_counts().max()) if len(parents) else 0
    if largest < 2:
        return ""
    return f"; {largest} of {len(parents)} {words.counted} of this criterion belong to one parent, and count as one"


def _sentence(row: object, directional: bool, words: _Words) -> str:
    """The evidence in one sentence."""
    more = row.effect > 0  # type: ignore[attr-defined]
    lift, low, high = row.lift, row.ci_low, row.ci_high  # type: ignore[attr-defined]
    if more:
        claim = f"{lift:.1f} x as common among {words.best} as among {words.worst} (90 % interval {low:.1f}-{high:.1f})"
    else:
        claim = (
            f"{1 / lift:.1f} x as common among {words.worst} as among {words.best} (90 % interval "
            f"{1 / high:.1f}-{1 / low:.1f})"
        )
    n = f"{int(row.n_segment)} of {int(row.n_known)} {words.counted}"  # type: ignore[attr-defined]
    share = row.share_of_market  # type: ignore[attr-defined]
    market = "" if np.isnan(share) else f"; {share:.0%} of the market"
    note = words.note or (f"Directional only (few {words.counted}): " if directional else "")
    q_value = row.q_value  # type: ignore[attr-defined]
    chance = "q < 0.001" if q_value < 0.001 else f"q = {q_value:.3f}"
    return f"{note}{claim}; {n}; {chance}{market}"
