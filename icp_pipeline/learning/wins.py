"""Learning from deals won and lost, if nothing says how customers turned out."""

from __future__ import annotations

import pandas as pd

# Learning has one place for what it learns from, and calls it by the outcome that it mostly is.
_LEARNED_FROM = "quality"


def learned_from_wins(
    observations: pd.DataFrame, segment_lift: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Closed deals in the place of ranked customers: the best are the won ones, the worst the lost ones.

    `observations`: outcomes.observations; all their other columns stay as they are. `segment_lift`:
    segments.icp_segment_lift. No deals are left beside them: whether they were won would count twice.
    """
    won = observations["is_won"].astype("boolean")
    deals = observations.assign(outcome=_LEARNED_FROM, is_best=won, is_worst=~won)[observations["outcome"] == "win"]
    if segment_lift is None:
        return deals, None
    return deals, segment_lift[segment_lift["outcome"] == "win"].assign(outcome=_LEARNED_FROM)
