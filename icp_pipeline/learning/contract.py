"""Inputs and outputs of learning: its settings, and the frames of one learned ICP version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
# Deals, the market's average chance and what was learned from, to the tier of each deal: see `run.tier_rule`.
TierRule = Callable[[pd.DataFrame, float, str], np.ndarray]

# The frames' columns are those of history.icp_*; the caller adds icp_version and icp_id.
CRITERIA = [
    "kind",
    "attribute",
    "segment",
    "points",
    "lift",
    "ci_low",
    "ci_high",
    "n_segment",
    "q_value",
    "share_of_market",
    "evidence",
]
EVIDENCE = ["attribute", "level", "segment", "points"]
CALIBRATION = ["prior_points", "market_average", "slope"]
TRIGGER_EFFECTS = ["trigger", "points", "floor_points"]
BACKTEST = ["split_at", "tier", "accounts", "outcome_rate", "lift", "ci_low", "ci_high", "capture", "auc", "brier"]
BACKTEST_CURVE = ["curve", "position", "x", "y", "n"]
COMPARISON = ["model", "auc", "auc_se", "brier"]
SEGMENT_EFFECTS = [
    "attribute",
    "segment",
    "tenure_half_years",
    "n_segment",
    "n_outside",
    "sum_y",
    "sum_y_outside",
    "sum_y_squared",
]
SCORE_EFFECTS = [
    "tenure_half_years",
    "n",
    "sum_score",
    "sum_y",
    "sum_score_squared",
    "sum_y_squared",
    "sum_score_y",
]
TRAIT_SHARES = ["attribute", "level", "n", "share"]
WARNINGS = ["code", "severity", "message", "subject"]

# Points are kept to this many places everywhere, so that sums of decimals are exact.
PLACES = 9


@dataclass(frozen=True, kw_only=True)
class LearnSettings:
    """Parameters of the method. Those without a default are columns of `settings.run`, which models read too."""

    as_of: pd.Timestamp
    min_tenure_months: float
    best_share: float
    worst_share: float
    fdr: float
    interval_z: float
    range_min_n: int
    min_support_share: float
    trigger_fresh_days: float
    trigger_half_life_days: float
    trigger_window_days: float
    broad_share: float
    signal_z: float
    # What is learned from: `outcomes` of customers, `wins` (deals won and lost), `none`, or `proxy`.
    basis: str = "outcomes"
    # Below these numbers of ranked customers: no claims at all; claims marked as directional.
    min_customers: int = 30
    directional_customers: int = 100
    min_effect: float = 0.2
    min_lift: float = 1.25
    max_criteria: int = 12
    sure_signal_z: float = 2.326
    family_error: float = 0.05
    learn_rate: float = 0.2
    # Attributes of the buying process.
    organizational: tuple[str, ...] = ()
    # Fields that may be written from the outcome, for all that data can tell: no must-haves, no disqualifiers.
    doubtful: tuple[str, ...] = ()
    backtest_quantile: float = 0.7

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> LearnSettings:
        """Settings from the one row of `settings.run`; columns that learning does not use are ignored."""
        known = {field.name for field in fields(cls)}
        chosen = {key: value for key, value in row.items() if key in known}
        return cls(**{**chosen, "as_of": pd.Timestamp(row["as_of"])})

    def old_enough(self, day: pd.Timestamp) -> pd.Timestamp:
        """The last start of customers of which it is known on `day` how they turned out."""
        return day - pd.Timedelta(days=30.4375 * self.min_tenure_months)


@dataclass(frozen=True)
class LearnedIcp:
    """One learned version. Criteria and evidence are empty if there is no signal."""

    criteria: pd.DataFrame
    evidence: pd.DataFrame
    calibration: pd.DataFrame
    trigger_effects: pd.DataFrame
    backtest: pd.DataFrame
    backtest_curve: pd.DataFrame
    comparison: pd.DataFrame
    segment_effects: pd.DataFrame
    score_effects: pd.DataFrame
    trait_shares: pd.DataFrame
    warnings: pd.DataFrame
    signal_z: float
    has_signal: bool
    n_customers: int
    # What the fit probability is a chance of: won_and_best, best (no lost deal is known), won or advanced.
    chance: str = "won_and_best"
    # What was learned from: as in the settings, and `proxy` where neither outcomes nor wins suffice.
    basis: str = "outcomes"


def frame(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    """Rows as a frame with all its columns, even without rows."""
    return pd.DataFrame(rows, columns=columns)
