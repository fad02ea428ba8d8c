"""What is planted: the effect of each trait on how a customer turns out, and on whether a deal is won."""

from __future__ import annotations

import numpy as np
import pandas as pd

from icp_pipeline.sample.streams import Flags, Floats, stream
from icp_pipeline.sample.traits import technology_column
from icp_pipeline.sample.vocabulary import AGENCY, PLANTED_TECHNOLOGY, SAAS, SIZE_HIGH, SIZE_LOW
from icp_pipeline.sample.world_options import World

# Log-odds by which a trait changes a customer's outcome, and the odds of winning its deals. Agencies are the trap: they
# are easy to win and turn out badly.
QUALITY_EFFECTS = {"saas": 1.0, "agency": -1.3, "salesforce": 1.1, "size": 1.0, "revops": 1.0}
WIN_EFFECTS = {"saas": 0.4, "agency": 1.1, "salesforce": 0.3, "size": 0.3, "revops": 0.3}
INTERACTION_EFFECT = 1.2
TRIGGER_EFFECT = 1.3
# The part that no trait explains, in the same log-odds; leaves about a quarter of the outcome to the traits.
QUALITY_NOISE = 1.75
# The planted part's average over the market, subtracted so that the average company is average in every world.
QUALITY_MEAN = 1.1


def planted_traits(traits: pd.DataFrame) -> dict[str, Flags]:
    """The planted traits as flags per account."""
    employees = traits["employees"].to_numpy()
    return {
        "saas": (traits["industry"] == SAAS).to_numpy(),
        "agency": (traits["industry"] == AGENCY).to_numpy(),
        "salesforce": traits[technology_column(PLANTED_TECHNOLOGY)].to_numpy(),
        "size": (employees >= SIZE_LOW) & (employees <= SIZE_HIGH),
        "revops": traits["has_revops"].to_numpy(),
    }


def add_latents(traits: pd.DataFrame, seed: int, world: World) -> pd.DataFrame:
    """Adds `quality_index` and `win_index` (planted), and `quality` (standardised, with what traits do not explain)."""
    flags = planted_traits(traits)
    quality = _index(flags, QUALITY_EFFECTS)
    if world.interaction:
        quality = quality + INTERACTION_EFFECT * (flags["saas"] & flags["salesforce"])
    noise = stream(seed, "quality").normal(0, QUALITY_NOISE, len(traits))
    index = world.signal * quality
    # Scaled by fixed figures, not by this draw's mean and spread: one account must not change another's.
    scale = np.hypot(QUALITY_NOISE, 1.0)
    return traits.assign(
        quality_index=index,
        win_index=world.signal * _index(flags, WIN_EFFECTS),
        quality=(index - QUALITY_MEAN * world.signal + noise) / scale,
    )


def _index(flags: dict[str, Flags], effects: dict[str, float]) -> Floats:
    return np.sum([effects[name] * flags[name] for name in effects], axis=0)
