"""Tags of further ICPs beside those of the primary one: the rows of an import file, in its order."""

from __future__ import annotations

from typing import Any

import pandas as pd

ICP_TAGS = "exports.icp_tags"


def tags_of(icp_tags: pd.DataFrame, target: str, icp_id: str, records: pd.Series[Any]) -> pd.DataFrame:
    """Tier, score and version of one ICP for these records of `target`; `icp_tags` are the rows of the model.

    A record without a row is one that the ICP is not about: unscored, like one of which too little is known.
    """
    rows = icp_tags[(icp_tags["target"] == target) & (icp_tags["icp_id"] == icp_id)]
    found = rows.set_index("record_id").reindex(records.tolist())
    return found.assign(tier=found["tier"].astype("string").fillna("unscored"))
