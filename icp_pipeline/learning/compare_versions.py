"""Compares two versions on the same later deals, so that neither has an advantage.

A fit ranks what it was learned from better than what comes after. So the deals are those that the live version has
never seen, and the new one is judged by a fit from before them. Where there are too few of these, as a quarter after
the last refit, both are judged as they are stored, on deals that both have seen.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from icp_pipeline.learning.backtest import mean_variance, shares_beaten, split_in_time
from icp_pipeline.learning.clusters import Clusters
from icp_pipeline.learning.contract import Bools, Floats, LearnSettings
from icp_pipeline.learning.matrix import Facts, Traits, read_segments, read_traits
from icp_pipeline.learning.observed import read_observations
from icp_pipeline.learning.world import World


@dataclass(frozen=True)
class Contest:
    """How both ranked the deals after the split.

    `auc_error`: standard error of the difference of the two. `z`: beyond that many of them it is more than chance.
    """

    split_at: datetime.date
    is_unseen: bool
    judged: int
    good: int
    auc_new: float
    auc_live: float
    auc_error: float
    z: float

    @property
    def is_worse(self) -> bool:
        """Whether the new version ranks worse than the live one by more than chance (DeLong, one-sided 5 %)."""
        difference = self.auc_new - self.auc_live
        return difference < -self.z * self.auc_error if self.auc_error > 0 else difference < 0


@threadpool_limits.wrap(limits=1)
def compare_versions(
    world: World, live: pd.DataFrame, new: pd.DataFrame, live_as_of: pd.Timestamp, settings: LearnSettings
) -> Contest | None:
    """Compare on deals after a split; None if there are too few of them.

    `live`, `new`: rows of history.icp_evidence (attribute, level, points). `live_as_of`: the day the live version was
    learned; how deals of the half-year before it turned out, it could not know.
    """
    unknown_then = settings.old_enough(live_as_of)
    unseen = split_in_time(world, settings, unknown_then.normalize())
    split = unseen or split_in_time(world, settings)
    if split is None:
        return None
    facts, good = split.after.observations.facts, split.after.ideal
    points_new = split.fit.fit_points(facts) if unseen else stored_points(world.traits, facts, new)
    later = split.after.observations
    areas, error = paired_auc(points_new, stored_points(world.traits, facts, live), good, later.clusters)
    judged = (later.n, later.where(good).n)
    return Contest(split.split_at.date(), unseen is not None, *judged, *areas, error, settings.interval_z)


def read_world(observations: pd.DataFrame, attributes: pd.DataFrame, definitions: pd.DataFrame) -> World:
    """Customers, deals and their traits; frames as for `learn_icp`."""
    traits = read_traits(attributes)
    quality, deals = (read_observations(observations, outcome, traits) for outcome in ("quality", "win"))
    return World.of(traits, read_segments(traits, definitions), quality, deals, None, None, None)


def stored_points(traits: Traits, facts: Facts, evidence: pd.DataFrame) -> Floats:
    """Fit points that a stored version gives to accounts, without its prior; levels unknown to it add nothing."""
    at = traits.levels.get_indexer(pd.MultiIndex.from_frame(evidence[["attribute", "level"]]))
    points = np.zeros(len(traits.levels))
    points[at[at >= 0]] = evidence["points"].to_numpy(dtype=np.float64)[at >= 0]
    return np.asarray(facts.has_level @ points, dtype=np.float64)


def paired_auc(
    one: Floats, other: Floats, good: Bools, clusters: Clusters | None = None
) -> tuple[tuple[float, float], float]:
    """Both areas under the ROC curve and the standard error of their difference on the same deals.

    DeLong, DeLong and Clarke-Pearson (1988), with mid-ranks. NaN with only one kind of result.
    """
    if not good.any() or good.all():
        return (float("nan"), float("nan")), float("nan")
    clusters = clusters or Clusters.apart(len(good))
    wins = np.column_stack([shares_beaten(scores, good, clusters.weight) for scores in (one, other)])
    areas = np.average(wins[good], axis=0, weights=clusters.weight[good])
    difference = wins[:, 0] - wins[:, 1]
    variance = sum(mean_variance(difference[group], Clusters.of(clusters.cluster[group])) for group in (good, ~good))
    return (float(areas[0]), float(areas[1])), float(np.sqrt(variance))
