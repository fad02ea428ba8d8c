"""What goes into an import file: which records, and the tags of further ICPs beside those of the primary one."""

from __future__ import annotations

from typing import Any

import pandas as pd

ICP_TAGS = "exports.icp_tags"
CHANGES = "exports.changes"


def only_changed(rows: pd.DataFrame, target: str, id_column: str, changes: pd.DataFrame) -> pd.DataFrame:
    """The records of `rows` whose tags their CRM does not have yet, in any ICP; `changes` are the rows of the model."""
    changed = changes.loc[(changes["target"] == target) & changes["new_tier"].notna(), "record_id"]
    return rows[rows[id_column].isin(changed)]


def tags_of(icp_tags: pd.DataFrame, target: str, icp_id: str, records: pd.Series[Any]) -> pd.DataFrame:
    """Tier, score and version of one ICP for these records of `target`; `icp_tags` are the rows of the model.

    A record without a row is one that the ICP is not about: unscored, like one of which too little is known.
    """
    rows = icp_tags[(icp_tags["target"] == target) & (icp_tags["icp_id"] == icp_id)]
    found = rows.set_index("record_id").reindex(records.tolist())
    return found.assign(tier=found["tier"].astype("string").fillna("unscored"))
