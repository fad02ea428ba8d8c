"""The backtest: learn from what closed before a day, test on what closed after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_pipeline.learning.calibration import sigmoid
from icp_pipeline.learning.clusters import Clusters
from icp_pipeline.learning.contract import BACKTEST, Bools, Floats, LearnSettings, TierRule, frame
from icp_pipeline.learning.fit import Fit, fit_icp
from icp_pipeline.learning.matrix import Facts, Segments
from icp_pipeline.learning.observed import Judged, first_seen, matured, with_own_base_rate
from icp_pipeline.learning.trigger_effects import deal_recency, stacked, trigger_effects
from icp_pipeline.learning.world import World
from icp_pipeline.tiers import JUDGED

_MIN_LEARN, _MIN_JUDGED, _MIN_IDEAL = 30, 20, 5


@dataclass(frozen=True)
class Split:
    """A time split with enough on both sides, and the fit that saw only the first."""

    split_at: pd.Timestamp
    fit: Fit
    before: Judged
    after: Judged


def split_in_time(world: World, settings: LearnSettings, day: pd.Timestamp | None = None) -> Split | None:
    """Learn on what closed up to `day`, by default the earlier 70 %; None if either part is too small."""
    quality, deals = world.quality, world.deals
    judged = matured(quality, deals, settings)
    dates = judged.observations.at if len(deals) else first_seen(quality, deals)
    if judged.observations.where(dates.notna().to_numpy()).n < _MIN_LEARN + _MIN_JUDGED:
        return None
    split_at = day or pd.to_datetime(dates.quantile([settings.backtest_quantile])).dt.normalize().iloc[0]
    early_customers = quality.where((first_seen(quality, deals) <= split_at).to_numpy(dtype=bool))
    if settings.basis == "wins":
        early_customers = with_own_base_rate(early_customers)
    early_deals = with_own_base_rate(deals.where((deals.at <= split_at).to_numpy(dtype=bool)))
    late = (dates > split_at).to_numpy(dtype=bool)
    after = judged.where(late)
    good = after.observations.where(after.ideal).n
    if early_customers.n < _MIN_LEARN or after.observations.n < _MIN_JUDGED or good < _MIN_IDEAL:
        return None
    fit = fit_icp(world.segments, early_customers, early_deals, None, settings)
    return Split(split_at, fit, matured(early_customers, early_deals, settings), after)


def backtest(world: World, split: Split, tier_rule: TierRule, settings: LearnSettings) -> pd.DataFrame:
    """One row per tier: how the later deals of that tier turned out, with the model's AUC and Brier on each row."""
    fit_points = split.fit.fit_points(split.after.observations.facts)
    market_average = split.fit.market_average(world.market)
    tiers = tier_rule(later_deals(world, split, settings), market_average, settings.basis)
    return tier_rows(split, tiers, fit_points, settings)


def later_deals(world: World, split: Split, settings: LearnSettings) -> pd.DataFrame:
    """What the tier rule reads of each deal after the split, by the fit from before it."""
    facts = split.after.observations.facts
    process_points, is_met = buying_process(world, split.fit, facts, settings)
    return pd.DataFrame(
        {
            "fit_points": split.fit.fit_points(facts),
            "trigger_score": later_trigger_points(world, split, settings),
            "process_points": process_points,
            "has_negative_process": is_met,
            "disqualified_by": [
                "disqualifier" if out else None for out in _disqualified(world.segments, split.fit, facts)
            ],
        }
    )


def tier_rows(split: Split, tiers: np.ndarray, fit_points: Floats, settings: LearnSettings) -> pd.DataFrame:
    """One row per tier, for later deals that were given these tiers and points (log-odds), each of shape (deals,)."""
    clusters = split.after.observations.clusters
    area, _ = auc(fit_points, split.after.ideal, clusters)
    brier = float(np.average((sigmoid(fit_points) - split.after.ideal) ** 2, weights=clusters.weight))
    rows = [
        {
            "split_at": split.split_at.date(),
            **_tier_row(tier, tiers == tier, split.after, settings),
            "auc": area,
            "brier": brier,
        }
        for tier in JUDGED
    ]
    return frame(rows, BACKTEST)


def auc(scores: Floats, ideal: Bools, clusters: Clusters | None = None) -> tuple[float, float]:
    """Area under the ROC curve and its standard error (DeLong, mid-ranks); NaN with only one kind of result."""
    if not ideal.any() or ideal.all():
        return float("nan"), float("nan")
    clusters = clusters or Clusters.apart(len(scores))
    wins = shares_beaten(scores, ideal, clusters.weight)
    spread = [mean_variance(wins[group], Clusters.of(clusters.cluster[group])) for group in (ideal, ~ideal)]
    return float(np.average(wins[ideal], weights=clusters.weight[ideal])), float(np.sqrt(sum(spread)))


def shares_beaten(scores: Floats, good: Bools, weight: Floats) -> Floats:
    """For each result, the share of results of the other kind that it is ranked correctly against; ties count half."""
    ranks = _mid_ranks(scores, weight)
    own = np.empty(len(scores))
    for group in (good, ~good):
        own[group] = _mid_ranks(scores[group], weight[group])
    others = np.where(good, weight[~good].sum(), weight[good].sum())
    return np.where(good, (ranks - own) / others, 1 - (ranks - own) / others)


def mean_variance(values: Floats, clusters: Clusters) -> float:
    """Variance of the weighted mean; 0 with fewer than two observations."""
    if clusters.n < 2:
        return 0.0
    weight = clusters.weight
    away = values - np.average(values, weights=weight)
    return float((weight * away**2).sum() / (clusters.n - 1) / clusters.n)


def _mid_ranks(scores: Floats, weight: Floats) -> Floats:
    """Mid-rank of each score: the weight of lower scores and half the weight of ties."""
    _, place = np.unique(scores, return_inverse=True)
    tied = np.bincount(place, weights=weight)
    return np.asarray((np.cumsum(tied) - tied / 2)[place], dtype=np.float64)


def later_trigger_points(world: World, split: Split, settings: LearnSettings) -> Floats:
    """Points of the triggers that were active when each later deal closed, at effects learned before the split."""
    earlier, later, events = split.before.observations, split.after.observations, world.events
    known = events[pd.to_datetime(events["happened_at"]) <= split.split_at]
    residual = split.fit.unexplained(earlier, settings)
    effects = trigger_effects(earlier.moments, residual, known, world.strengths, 0.0, settings, earlier.clusters)
    points = dict(zip(effects["trigger"], effects["points"], strict=True))
    recency = deal_recency(later.moments, events, settings)
    if not recency:
        return np.zeros(len(later))
    medium = float(points["*medium"])
    return stacked(np.column_stack([float(points.get(name, medium)) * value for name, value in recency.items()]))


def _disqualified(segments: Segments, fit: Fit, facts: Facts) -> Bools:
    out = fit.choice.segments[[kind == "disqualifier" for kind in fit.kinds]]
    return np.asarray(facts.has_segment(segments)[:, out].sum(axis=1), dtype=float).ravel() > 0


def buying_process(world: World, fit: Fit, facts: Facts, settings: LearnSettings) -> tuple[Floats, Bools]:
    """What its buying process adds to each fit (log-odds), and whether it meets a negative criterion."""
    is_about = np.isin(world.traits.levels.get_level_values(0), settings.organizational)
    points = facts.has_level[:, is_about] @ fit.level_points[is_about]
    attributes = world.segments.names.get_level_values(0)[fit.choice.segments]
    negative = fit.choice.segments[
        [
            kind == "negative" and name in settings.organizational
            for name, kind in zip(attributes, fit.kinds, strict=True)
        ]
    ]
    met = np.asarray(facts.has_segment(world.segments)[:, negative].sum(axis=1), dtype=float).ravel() > 0
    return np.asarray(points, dtype=np.float64), met


def _tier_row(tier: str, inside: Bools, after: Judged, settings: LearnSettings) -> dict[str, object]:
    """Success rate, lift over the base rate with its interval on the log scale, and share of all good results."""
    weight, ideal = after.observations.weight, after.ideal
    n, good, n_all, good_all = (weight[which].sum() for which in (inside, inside & ideal, inside | True, ideal))
    if not n:
        return {"tier": tier, "accounts": 0, "capture": 0.0}
    lift = (good / n) / (good_all / n_all)
    error = np.sqrt(max(0.0, 1 / (good + 0.5) - 1 / (n + 0.5) + 1 / (good_all + 0.5) - 1 / (n_all + 0.5)))
    # a tier without a single good one has lift 0, but an interval that says how little that may mean
    centre = max(lift, (0.5 / (n + 0.5)) / (good_all / n_all))
    width = float(np.exp(settings.interval_z * error))
    return {
        "tier": tier,
        "accounts": after.observations.where(inside).n,
        "outcome_rate": good / n,
        "lift": lift,
        "ci_low": 0.0 if not good else centre / width,
        "ci_high": centre * width,
        "capture": good / good_all,
    }
