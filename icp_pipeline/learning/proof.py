"""Proof of a version: results by tier, curves, and what other models reach."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from icp_pipeline.learning.backtest import Split, backtest
from icp_pipeline.learning.compare import compare_models
from icp_pipeline.learning.contract import BACKTEST, BACKTEST_CURVE, COMPARISON, LearnSettings, TierRule, frame
from icp_pipeline.learning.curves import backtest_curves
from icp_pipeline.learning.world import World


@dataclass(frozen=True)
class Proof:
    """Frames as history stores them; all empty without a backtest."""

    backtest: pd.DataFrame
    curve: pd.DataFrame
    comparison: pd.DataFrame

    @classmethod
    def none(cls) -> Proof:
        """Nothing was judged."""
        return cls(frame([], BACKTEST), frame([], BACKTEST_CURVE), frame([], COMPARISON))

    @classmethod
    def of(
        cls,
        world: World,
        split: Split,
        tier_rule: TierRule | None,
        settings: LearnSettings,
        *,
        with_strong_models: bool,
    ) -> Proof:
        """Test the fit from before the split on the deals after it; the strong models take a few seconds."""
        after = split.after
        points = split.fit.fit_points(after.observations.facts)
        return cls(
            backtest(world, split, tier_rule, settings) if tier_rule else frame([], BACKTEST),
            backtest_curves(points, after.ideal, after.weight, after.observations.weight),
            compare_models(world.traits.levels, split, with_strong_models=with_strong_models),
        )
