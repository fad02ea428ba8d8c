"""Everything that learning looks at, read once: accounts' traits, segments, observations, market, events."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from icp_pipeline.learning.contract import LearnSettings
from icp_pipeline.learning.matrix import Facts, Segments, Traits
from icp_pipeline.learning.observed import Observations


@dataclass(frozen=True)
class World:
    """One company's accounts as arrays; `market` are addressable accounts that are no customers."""

    traits: Traits
    segments: Segments
    quality: Observations
    deals: Observations
    market: Facts
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
    ) -> World:
        """Join what was read; what a company does not have is empty."""
        accounts = market if market is not None else pd.Series([], dtype=object)
        facts = traits.facts(accounts.drop_duplicates().sort_values())
        return cls(
            traits,
            segments,
            quality,
            deals,
            facts,
            _empty("account_id trigger happened_at strength") if events is None else events,
            _empty("trigger strength points") if strengths is None else strengths,
        )

    def closed_deals(self, settings: LearnSettings) -> Observations:
        """Deals won and lost; where they are what is learned from, they stand there."""
        return self.quality if settings.basis == "wins" else self.deals


def _empty(columns: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([], dtype=object) for name in columns.split()})
