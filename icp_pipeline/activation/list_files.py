"""CSV files of a model's rows that are no import of a CRM: for people, and lists for other tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from icp_pipeline.activation.csv_files import BOM, Cells, ImportColumn, WrittenFile, validate, write_rows
from icp_pipeline.activation.safe_cells import each, review_text, text
from icp_pipeline.activation.target import Target
from icp_pipeline.plain_text import mended
from icp_pipeline.tiers import TIERS

# How the cells of a column are written, or the pattern (`safe_cells.PATTERNS`) that each of them has to match.
Cell = Callable[[Any], str] | str
# Not a row of its own: the first line must stay the header for whoever reads the file with a program.
REVIEW_NOTE = "note: a leading ' was put before text that a spreadsheet would run; this file is not for import"


@dataclass(frozen=True)
class ListFile(Target):
    """One file of the rows of one model. A column that `cells` does not name holds text, made safe to open."""

    # None: all that the model has.
    columns: tuple[str, ...] | None = None
    # Where the taker wants another header than the column's name.
    headers: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, Cell] = field(default_factory=dict)
    order_by: tuple[str, ...] = ()
    arrange: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    # Excel takes a file without a mark for the local code page and breaks every accented name.
    for_excel: bool = False
    # Of something that not everybody uses: no rows, no file.
    if_any: bool = False

    def write(self, frames: Sequence[pd.DataFrame], folder: Path, *_: object) -> list[WrittenFile]:
        """Write the file; raises PublishError where a cell does not match its pattern."""
        if self.if_any and frames[0].empty:
            return []
        rows = frames[0].sort_values([*self.order_by], kind="stable") if self.order_by else frames[0]
        rows = self.arrange(rows) if self.arrange else rows
        names = [str(name) for name in self.columns or rows.columns]
        strict = [
            ImportColumn(self.headers.get(name, name), kind, each(rows[name], text))
            for name, kind in self.cells.items()
            if isinstance(kind, str)
        ]
        validate(self.file, strict)
        header = [self.headers.get(name, name) for name in names]
        start = BOM if self.for_excel else b""
        return [write_rows(folder / self.file, header, [self._written(rows[name]) for name in names], start)]

    def _written(self, column: pd.Series[Any]) -> Cells:
        convert = self.cells.get(str(column.name))
        return each(column, convert) if callable(convert) else mended(column, review_text)


def in_working_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Accounts by ICP, the primary one first, then best tier, then priority; ranked, with a note as the last header."""
    rows = rows.reset_index(drop=True)
    keys = pd.DataFrame(
        {
            "icp": rows["icp_id"].where(rows["icp_id"] != "primary", ""),
            "tier": rows["tier"].map({tier: place for place, tier in enumerate(TIERS)}),
            "priority": -pd.to_numeric(rows["priority_score"], errors="coerce").astype("float64"),
            "account_id": rows["account_id"].astype("string"),
        }
    )
    order = keys.sort_values(["icp", "tier", "priority", "account_id"], kind="stable", na_position="last").index
    ordered = rows.iloc[order.to_numpy()].assign(**{REVIEW_NOTE: ""})
    ordered.insert(0, "rank", ordered.groupby("icp_id", sort=False).cumcount() + 1)
    return ordered
