"""Trigger events that happen to companies whether or not anybody sells to them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from icp_pipeline.sample.streams import stream

FUNDING, NEW_EXECUTIVE, DECOY = "funding_round", "new_executive", "press_mention"
# Real triggers raise the odds of winning; the decoy is as frequent, is labelled strong, and has no effect.
REAL_TRIGGERS = (FUNDING, NEW_EXECUTIVE)
STRENGTH = {FUNDING: "strong", NEW_EXECUTIVE: "strong", DECOY: "medium"}
_PER_YEAR = {FUNDING: 0.10, NEW_EXECUTIVE: 0.16, DECOY: 0.26}
_YEARS = 4.3


def make_triggers(traits: pd.DataFrame, seed: int, as_of: date) -> pd.DataFrame:
    """account, trigger, happened_on: a steady trickle over the years, in which timing is chance."""
    rng = stream(seed, "triggers")
    parts = []
    for trigger, rate in _PER_YEAR.items():
        account = np.repeat(traits["account"].to_numpy(), rng.poisson(rate * _YEARS, len(traits)))
        ago = rng.integers(0, int(_YEARS * 365), len(account))
        parts.append(
            pd.DataFrame({"account": account, "trigger": trigger, "happened_on": np.datetime64(as_of, "D") - ago})
        )
    return pd.concat(parts, ignore_index=True)
