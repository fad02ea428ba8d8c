"""The two files for people: every account with its reasons, and what moved since the CRM was last given its tags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from icp_pipeline.activation.csv_files import BOM, Cells, ImportColumn, WrittenFile, validate, write_rows
from icp_pipeline.activation.safe_cells import each, is_missing, iso_date, number, review_text, text
from icp_pipeline.plain_text import mended

REVIEW_FILE = "accounts_review.csv"
CHANGES_FILE = "changes.csv"
TIERS = ("tier_1", "tier_2", "tier_3", "not_icp", "unscored")
# Not a row of its own: the first line must stay the header for whoever reads the file with a program.
REVIEW_NOTE = "note: a leading ' was put before text that a spreadsheet would run; this file is not for import"

_REVIEW_CELLS: dict[str, Callable[[Any], str]] = {
    "fit_score": number,
    "trigger_score": lambda value: number(value, 3),
    "engagement_score": lambda value: number(value, 3),
    "priority_score": lambda value: number(value, 3),
    "employees": lambda value: number(value, 0),
    "tier_since": iso_date,
    "is_customer": lambda value: "" if is_missing(value) else str(bool(value)).lower(),
}
_CHANGE_COLUMNS = (
    "target",
    "record_id",
    "account_id",
    "domain",
    "old_tier",
    "new_tier",
    "new_score",
    "cause",
    "icp_id",
)


def write_review(frame: pd.DataFrame, folder: Path) -> WrittenFile:
    """Write `exports.accounts_review` in working order: one ICP after the other, best tier first, then priority."""
    ordered = _in_working_order(frame)
    ranks = pa.array(ordered.groupby("icp_id", sort=False).cumcount().to_numpy() + 1).cast(pa.large_string())
    columns = [ranks, *(_review_cells(ordered[name]) for name in ordered), [""] * len(ordered)]
    header = ["rank", *(str(name) for name in ordered.columns), REVIEW_NOTE]
    # Excel takes a file without the mark for the local code page and breaks every accented name.
    return write_rows(folder / REVIEW_FILE, header, columns, start=BOM)


def _review_cells(column: pd.Series[Any]) -> Cells:
    convert = _REVIEW_CELLS.get(str(column.name))
    return each(column, convert) if convert else mended(column, review_text)


def write_changes(frame: pd.DataFrame, folder: Path) -> WrittenFile:
    """Write `exports.changes`: one line per CRM record and ICP whose tags are not those the CRM was last given."""
    ordered = frame.sort_values(["target", "record_id", "icp_id"], kind="stable")
    columns = [
        ImportColumn(name, kind, each(ordered[name], text)) for name, kind in (("target", "code"), ("new_tier", "code"))
    ]
    validate(CHANGES_FILE, columns)
    cells = [each(ordered[name], number if name == "new_score" else review_text) for name in _CHANGE_COLUMNS]
    return write_rows(folder / CHANGES_FILE, _CHANGE_COLUMNS, cells)


def tier_counts(tiers: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Accounts per tier by ICP, the primary one first and always there, tiers without accounts too."""
    counts = {(str(icp_id), str(tier)): int(n) for icp_id, tier, n in tiers.itertuples(index=False)}
    further = sorted({icp_id for icp_id, _ in counts} - {"primary"})
    return {icp_id: {tier: counts.get((icp_id, tier), 0) for tier in TIERS} for icp_id in ("primary", *further)}


def _in_working_order(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    keys = pd.DataFrame(
        {
            "icp": frame["icp_id"].where(frame["icp_id"] != "primary", ""),
            "tier": frame["tier"].map({tier: place for place, tier in enumerate(TIERS)}),
            "priority": -pd.to_numeric(frame["priority_score"], errors="coerce").astype("float64"),
            "account_id": frame["account_id"].astype("string"),
        }
    )
    order = keys.sort_values(["icp", "tier", "priority", "account_id"], kind="stable", na_position="last").index
    return frame.iloc[order.to_numpy()]
