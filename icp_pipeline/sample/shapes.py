"""A world as the pipeline's own tables, so that a method can be tested without writing files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.streams import stream
from icp_pipeline.sample.traits import technology_column
from icp_pipeline.sample.vocabulary import TECHNOLOGIES

_CATEGORICAL = {
    "industry": "firmographic",
    "sub_industry": "firmographic",
    "country": "firmographic",
    "region": "firmographic",
    "ownership": "firmographic",
    "business_model": "firmographic",
    "lead_source": "situational",
    "budget_owner": "organizational",
    "has_revops": "organizational",
    "area_code": "custom",
    "onboarding_segment": "custom",
}
# Inner edges; each bin includes its lower one.
BINS: dict[str, tuple[float, ...]] = {
    "employees": (10, 50, 200, 500, 1_000, 2_000, 5_000),
    "annual_revenue_usd": (1e6, 1e7, 2.5e7, 5e7, 1e8, 2.5e8, 1e9),
    "founded_year": (1980, 2000, 2010, 2015, 2020),
    "seats": (10, 50, 200),
}
_COLUMNS = ["account_id", "dimension", "attribute", "level"]


def account_id(accounts: pd.Series) -> pd.Series:
    """The text id of accounts in these tables."""
    return "a" + accounts.astype(str).str.zfill(6)


def account_attributes(frames: WorldFrames, noise_attributes: int = 0, noise_levels: int = 200) -> pd.DataFrame:
    """account_id, dimension, attribute, level: what is known about each account; unknown values have no row.

    `noise_attributes` adds that many meaningless attributes; half of them have `noise_levels` levels.
    """
    parts = [*_categorical(frames), *_binned(frames), _technologies(frames)]
    parts += _noise(frames, noise_attributes, noise_levels)
    return pd.concat(parts, ignore_index=True)[_COLUMNS]


def bins_of(attribute: str) -> list[str]:
    """The level names of a numeric attribute, from low to high."""
    edges = BINS[attribute]
    middle = [f"{low:g}-{high:g}" for low, high in pairwise(edges)]
    return [f"<{edges[0]:g}", *middle, f"{edges[-1]:g}+"]


def _categorical(frames: WorldFrames) -> Iterator[pd.DataFrame]:
    for attribute, dimension in _CATEGORICAL.items():
        yield _long(frames, attribute, dimension, frames.observed[attribute])


def _binned(frames: WorldFrames) -> Iterator[pd.DataFrame]:
    for attribute, edges in BINS.items():
        numbers = frames.observed[attribute].astype(float).to_numpy()
        names = np.array(bins_of(attribute), dtype=object)
        levels = names[np.searchsorted(edges, np.nan_to_num(numbers), side="right")]
        levels[np.isnan(numbers)] = None
        yield _long(frames, attribute, "firmographic" if attribute != "seats" else "custom", pd.Series(levels))


def _technologies(frames: WorldFrames) -> pd.DataFrame:
    parts = []
    for technology in TECHNOLOGIES:
        uses = frames.observed[technology_column(technology)]
        level = pd.Series(technology, index=uses.index).where(uses, None)
        parts.append(_long(frames, "technology", "technographic", level))
    return pd.concat(parts, ignore_index=True)


def _noise(frames: WorldFrames, attributes: int, levels: int) -> Iterator[pd.DataFrame]:
    for number in range(attributes):
        rng = stream(frames.seed, f"noise {number}")
        size = len(frames.accounts)
        several = levels if number % 2 else 6
        level = pd.Series("level " + rng.integers(0, several, size).astype(str).astype(object))
        yield _long(
            frames, f"noise_{number:02d}", "custom", level.where(rng.random(size) >= frames.world.missing, None)
        )


def _long(frames: WorldFrames, attribute: str, dimension: str, level: pd.Series) -> pd.DataFrame:
    rows = pd.DataFrame({"account_id": account_id(frames.accounts["account"]), "level": level.to_numpy(dtype=object)})
    rows = rows[rows["level"].notna()]
    text = rows["level"].map({True: "yes", False: "no"}) if attribute == "has_revops" else rows["level"].astype(str)
    return rows.assign(attribute=attribute, dimension=dimension, level=text)
