"""Observations: ranked customers and closed deals as arrays, in an order that does not depend on that of the rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from icp_pipeline.learning.clusters import Clusters
from icp_pipeline.learning.contract import Bools, Floats, Ints, LearnSettings
from icp_pipeline.learning.matrix import Facts, Traits

FOLDS = 5


@dataclass(frozen=True)
class Observations:
    """Observations of one outcome; `facts` are what was known of each account `at` the date of the observation.

    Rows of one cluster, such as subsidiaries of one parent, are one observation: together they weigh 1.
    """

    account_ids: pd.Series
    facts: Facts
    folds: Ints
    at: pd.Series
    y: Floats
    success: Bools
    failure: Bools
    clusters: Clusters
    parent_ids: pd.Series

    def __len__(self) -> int:
        return len(self.y)

    @property
    def n(self) -> int:
        """How many observations there are, each cluster counted once."""
        return self.clusters.n

    @property
    def weight(self) -> Floats:
        """1 / (rows of the row's cluster)."""
        return self.clusters.weight

    @property
    def has_two_results(self) -> bool:
        """Whether each turned out well or badly, with nothing between: won or lost, stayed or left."""
        return bool((self.success ^ self.failure).all() and self.success.any() and self.failure.any())

    @property
    def moments(self) -> pd.DataFrame:
        """Account and date of each row: (account_id, observed_at), as events are compared with them."""
        return pd.DataFrame({"account_id": self.account_ids, "observed_at": self.at})

    def where(self, keep: Bools) -> Observations:
        """Only the chosen ones."""
        return Observations(
            self.account_ids[keep],
            self.facts.where(keep),
            self.folds[keep],
            self.at[keep],
            self.y[keep],
            self.success[keep],
            self.failure[keep],
            Clusters.of(self.clusters.cluster[keep]),
            self.parent_ids[keep],
        )


@dataclass(frozen=True)
class Judged:
    """Matured results to calibrate or test on: was the account won, and did it turn out best?"""

    observations: Observations
    ideal: Bools
    # How much each weighs in calibration: ranked customers stand for those that could not be ranked.
    weight: Floats

    def where(self, keep: Bools) -> Judged:
        """Only the chosen ones."""
        observations = self.observations.where(keep)
        share = self.weight[keep] / self.observations.weight[keep]
        return Judged(observations, self.ideal[keep], share * observations.weight)


def read_observations(observations: pd.DataFrame, outcome: str, traits: Traits) -> Observations:
    """The rows of one outcome that have a y; `success` is is_best or, for win, is_won; `failure` the other end."""
    rows = observations[(observations["outcome"] == outcome) & observations["y"].notna()]
    rows = rows.sort_values(["account_id", "observation_id"], kind="stable").reset_index(drop=True)
    success = _flags(rows["is_best" if outcome == "quality" else "is_won"])
    failure = _flags(rows["is_worst"]) if outcome == "quality" else ~success
    at = pd.to_datetime(rows["observed_at"])
    parents = rows["ultimate_parent_id"] if "ultimate_parent_id" in rows else rows["account_id"]
    return Observations(
        rows["account_id"],
        traits.facts(rows["account_id"], at),
        account_folds(parents),
        at,
        rows["y"].to_numpy(dtype=np.float64),
        success,
        failure,
        clusters_of(rows),
        parents,
    )


def _flags(column: pd.Series) -> Bools:
    """Flags; unknown is false."""
    return column.astype("boolean").fillna(False).to_numpy(dtype=bool)


def n_ranked(observations: pd.DataFrame) -> int:
    """How many customers were ranked, subsidiaries of one parent counted once."""
    ranked = observations[(observations["outcome"] == "quality") & observations["y"].notna()]
    return int(cluster_ids(ranked).nunique())


def clusters_of(rows: pd.DataFrame) -> Clusters:
    """The rows of outcomes.observations or outcomes.proxy_observations by cluster."""
    return Clusters.of(pd.factorize(cluster_ids(rows))[0].astype(np.int64))


def cluster_ids(rows: pd.DataFrame) -> pd.Series:
    """The cluster of each row; frames made by hand may lack the column for it."""
    return rows["cluster_id"] if "cluster_id" in rows else rows["observation_id"]


def account_folds(parent_ids: pd.Series) -> Ints:
    """A fold per account by hash of its ultimate parent: no row order, no random numbers, one buyer never in two."""
    folds = {key: int(hashlib.md5(str(key).encode()).hexdigest()[:8], 16) % FOLDS for key in parent_ids.unique()}
    return parent_ids.map(folds).to_numpy(dtype=np.int64)


def with_own_base_rate(deals: Observations) -> Observations:
    """The same deals with y relative to their own win rate; none if all or no deals were won."""
    rate = float(np.average(deals.success, weights=deals.weight)) if len(deals) else 0.0
    if not 0 < rate < 1:
        return deals.where(np.zeros(len(deals), dtype=bool))
    y = (deals.success - rate) / (rate * (1 - rate))
    return replace(deals, y=y)


def matured(quality: Observations, deals: Observations, settings: LearnSettings) -> Judged:
    """Closed deals old enough to know how the customer turned out; customers alone where there are no lost deals."""
    if not len(deals):
        return Judged(quality, quality.success, quality.weight)
    ranked = deals.account_ids.isin(set(quality.account_ids)).to_numpy()
    best = deals.account_ids.isin(set(quality.account_ids[quality.success])).to_numpy()
    old = (deals.at <= settings.old_enough(settings.as_of)).to_numpy(dtype=bool)
    keep = old & (ranked | ~deals.success)
    # Won deals whose customer could not be ranked are left out; the ranked ones stand for them, or losses would count
    # for more than they were.
    won = deals.success & old
    kept = deals.where(keep)
    stand_in = deals.weight[won].sum() / max(deals.weight[won & ranked].sum(), 1e-9) if (won & ranked).any() else 1.0
    return Judged(kept, (best & deals.success)[keep], np.where(kept.success, stand_in, 1.0) * kept.weight)


def first_seen(quality: Observations, deals: Observations) -> pd.Series:
    """When each ranked customer was won: the first won deal, else the date that its observation carries."""
    if not deals.success.any():
        return quality.at
    won = pd.Series(deals.at[deals.success].to_numpy(), index=deals.account_ids[deals.success].to_numpy())
    return pd.to_datetime(quality.account_ids.map(won.groupby(level=0).min())).fillna(quality.at)
