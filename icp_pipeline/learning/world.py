"""Everything that learning reads, as arrays: traits, segments, observations, market, events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_pipeline.learning.clusters import Clusters
from icp_pipeline.learning.contract import LearnSettings
from icp_pipeline.learning.matrix import Facts, Segments, Traits
from icp_pipeline.learning.observed import Observations


@dataclass(frozen=True)
class World:
    """One company's accounts as arrays; `market`: addressable accounts that are not customers, with their parents."""

    traits: Traits
    segments: Segments
    quality: Observations
    deals: Observations
    market: Facts
    market_parents: Clusters
    events: pd.DataFrame
    strengths: pd.DataFrame

    @classmethod
    def of(
        cls,
        traits: Traits,
        segments: Segments,
        quality: Observations,
        deals: Observations,
        market: pd.Series | None,
        events: pd.DataFrame | None,
        strengths: pd.DataFrame | None,
        market_parents: pd.Series | None = None,
    ) -> World:
        """Combine what was read; a part that the company lacks is empty."""
        accounts = market if market is not None else pd.Series([], dtype=object)
        accounts = accounts.drop_duplicates().sort_values()
        parents = accounts if market_parents is None else market_parents.loc[accounts.index]
        return cls(
            traits,
            segments,
            quality,
            deals,
            traits.facts(accounts),
            Clusters.of(pd.factorize(parents)[0].astype(np.int64)),
            _empty("account_id trigger happened_at strength") if events is None else events,
            _empty("trigger strength points") if strengths is None else strengths,
        )

    def closed_deals(self, settings: LearnSettings) -> Observations:
        """Deals won and lost; with the basis `wins` they are in `quality`."""
        return self.quality if settings.basis == "wins" else self.deals


def _empty(columns: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([], dtype=object) for name in columns.split()})
