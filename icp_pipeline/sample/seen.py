"""What the systems know about each account: the truth with missing values, and the field that leaks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from icp_pipeline.sample.streams import stream
from icp_pipeline.sample.world_options import World

# Traits that can be unknown everywhere; technologies have their own detection gaps.
_CAN_BE_UNKNOWN = (
    "industry",
    "employees",
    "annual_revenue_usd",
    "ownership",
    "business_model",
    "founded_year",
    "budget_owner",
    "area_code",
    "has_revops",
    "seats",
)


def observe(traits: pd.DataFrame, customers: pd.DataFrame, seed: int, world: World) -> pd.DataFrame:
    """The traits with unknown values as None or NaN; customers and prospects have gaps alike."""
    rng = stream(seed, "unknown")
    seen = traits.drop(columns=["quality_index", "win_index", "quality"]).copy()
    for name in _CAN_BE_UNKNOWN:
        unknown = rng.random(len(seen)) < world.missing
        seen[name] = seen[name].astype(object).where(~unknown, None)
    seen["sub_industry"] = seen["sub_industry"].where(seen["industry"].notna(), None)
    seen["onboarding_segment"] = _leak(traits, customers, seed) if world.leak else None
    return seen


def _leak(traits: pd.DataFrame, customers: pd.DataFrame, seed: int) -> np.ndarray:
    """Customer success fills this after the sale, with what they have learned since."""
    rng = stream(seed, "leak")
    felt = customers["quality"].to_numpy() + rng.normal(0, 0.35, len(customers))
    names = np.select([felt > 0.8, felt < -0.8], ["White Glove", "Rescue"], "Standard").astype(object)
    filled = rng.random(len(customers)) < 0.92
    column = np.full(len(traits), None, dtype=object)
    column[customers["account"].to_numpy()[filled]] = names[filled]
    # A few prospects have a stray value, as in real data.
    stray = np.setdiff1d(traits["account"].to_numpy()[rng.random(len(traits)) < 0.01], customers["account"].to_numpy())
    column[stray] = "Standard"
    return column
