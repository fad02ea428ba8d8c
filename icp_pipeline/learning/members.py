"""Inputs of an ICP with a filter: its members' outcomes, ranked among themselves, and their own segments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from icp_pipeline.learning.contract import Bools, Floats, LearnSettings
from icp_pipeline.learning.observed import clusters_of

# As in outcomes.observations: y is six times the distance of the percentile from the middle.
_Y_PER_PERCENTILE = 6.0
_PLACES = 9


def observations_of(members: pd.Series, observations: pd.DataFrame, settings: LearnSettings) -> pd.DataFrame:
    """The members' rows of outcomes.observations, with outcomes relative to the other members instead of everybody.

    A filter for one region or product line asks which of *these* accounts turn out best. Where all of them do better
    (or worse) than the rest of the company, ranks among everybody would leave hardly a worst (or best) one to compare
    with. The percentiles are free of tenure already, so ranking them once more keeps that, and any order among members.
    """
    rows = observations[observations["account_id"].isin(set(members))]
    quality = _ranked(rows[rows["outcome"] == "quality"], settings)
    deals = _against_own_rate(rows[rows["outcome"] == "win"])
    won = deals["is_won"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    for flag in ("is_best", "is_worst"):
        by_account = quality.set_index("account_id")[flag]
        # A lost deal is neither; a won one whose customer is not ranked yet is not known.
        known = deals["account_id"].map(by_account[~by_account.index.duplicated()]).astype("boolean")
        deals = deals.assign(**{flag: known.where(won, False)})
    others = rows[~rows["outcome"].isin(["quality", "win"])]
    kept = [part for part in (quality, deals, others) if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else rows.iloc[:0]


def definitions_of(observed: pd.DataFrame, definitions: pd.DataFrame, n_ranked: int, range_min_n: int) -> pd.DataFrame:
    """Segments to test among members, in the columns of segments.segment_definitions.

    `observed`: account_id, attribute, level of the observed accounts. Single levels are those that these accounts have;
    ranges of bins come from `definitions`, where `n_ranked` customers bear them out.
    """
    levels = observed[["account_id", "attribute", "level"]].astype("str").drop_duplicates()
    single = levels[["attribute", "level"]].drop_duplicates().sort_values(["attribute", "level"], ignore_index=True)
    per_account = levels.groupby(["account_id", "attribute"], sort=False).size().reset_index(name="n")
    multi = set(per_account.loc[per_account["n"] > 1, "attribute"])
    # With two levels in all, the second is exactly what the first leaves over.
    place = single.groupby("attribute").cumcount()
    count = single.groupby("attribute")["level"].transform("count")
    single = single.assign(
        segment=single["level"], is_complement=(count == 2) & (place == 1) & ~single["attribute"].isin(multi)
    )
    if n_ranked < range_min_n:
        return single[["attribute", "segment", "level", "is_complement"]]
    return _with_ranges(single, definitions)


def _with_ranges(single: pd.DataFrame, definitions: pd.DataFrame) -> pd.DataFrame:
    """Add segments of several levels, and mark the single bins that complement one of them."""
    keys = ["attribute", "segment", "level"]
    size = definitions.groupby(["attribute", "segment"])["level"].transform("count")
    ranges = definitions[size > 1]
    complements = definitions[(size == 1) & definitions["is_complement"].astype(bool)]
    marked = pd.MultiIndex.from_frame(complements[keys])
    in_ranges = single["attribute"].isin(set(ranges["attribute"]))
    is_marked = in_ranges & pd.MultiIndex.from_frame(single[keys]).isin(marked)
    single = single.assign(is_complement=single["is_complement"] | is_marked)
    return pd.concat([single, ranges], ignore_index=True)[[*keys, "is_complement"]]


def _ranked(quality: pd.DataFrame, settings: LearnSettings) -> pd.DataFrame:
    """Percentiles among these customers alone: mid-ranks, so that customers that tie share theirs, and those of one
    parent take up one place."""
    known = quality["y"].notna()
    weight = pd.Series(clusters_of(quality[known]).weight, index=quality.index[known])
    tied = weight.groupby(quality.loc[known, "y"]).sum()
    percentile = quality.loc[known, "y"].map(tied.cumsum() - tied / 2) / max(float(weight.sum()), 1e-9)
    y = (_Y_PER_PERCENTILE * (percentile - 0.5)).round(_PLACES)
    flags: dict[str, Bools] = {
        "is_best": (percentile.round(_PLACES) >= round(1 - settings.best_share, _PLACES)).to_numpy(),
        "is_worst": (percentile.round(_PLACES) <= round(settings.worst_share, _PLACES)).to_numpy(),
    }
    return quality[known].assign(y=y, **flags)


def _against_own_rate(deals: pd.DataFrame) -> pd.DataFrame:
    """Won and lost relative to the members' own win rate; no rows if all or none were won."""
    won = deals["is_won"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    rate = float(np.average(won, weights=clusters_of(deals).weight)) if len(won) else 0.0
    if not 0 < rate < 1:
        return deals.iloc[:0]
    y: Floats = np.round((won - rate) / (rate * (1 - rate)), _PLACES)
    return deals.assign(y=y)
