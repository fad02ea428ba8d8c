"""CSV files of a model's rows that are not CRM imports: for people, and lists for other tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from icp_pipeline.activation.csv_files import BOM, Cells, ImportColumn, WrittenFile, validate, write_rows
from icp_pipeline.activation.row_batches import Query, Rows
from icp_pipeline.activation.safe_cells import each, review_text, text
from icp_pipeline.activation.target import Target
from icp_pipeline.names import quoted
from icp_pipeline.plain_text import mended
from icp_pipeline.settings.crm_fields import CrmFields
from icp_pipeline.tiers import tier_rank

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
    # Ends in a key, so that the same rows give the same bytes.
    order_by: tuple[str, ...] = ()
    # Where the rows are more than those of the model.
    select: str | None = None
    # Excel takes a file without a mark for the local code page and breaks every accented name.
    for_excel: bool = False
    # Of something that not everybody uses: no rows, no file.
    if_any: bool = False

    def queries(self, fields: CrmFields) -> tuple[Query, ...]:
        """The rows of the model in their order."""
        return (Query(self.select or f"select * from {self.model}", self.order_by),)

    def write(self, rows: Sequence[Rows], folder: Path, *_: object) -> list[WrittenFile]:
        """Write the file; raises PublishError if a cell does not match its pattern."""
        if self.if_any and not len(rows[0]):
            return []
        names = [str(name) for name in self.columns or rows[0].empty.columns]
        header = [self.headers.get(name, name) for name in names]
        start = BOM if self.for_excel else b""
        return [write_rows(folder / self.file, header, self._batches(rows[0], names), start)]

    def _batches(self, rows: Rows, names: Sequence[str]) -> Iterator[list[Cells]]:
        first_row = 1
        for frame in rows.frames():
            strict = [
                ImportColumn(self.headers.get(name, name), kind, each(frame[name], text))
                for name, kind in self.cells.items()
                if isinstance(kind, str)
            ]
            validate(self.file, strict, first_row)
            yield [self._written(frame[name]) for name in names]
            first_row += len(frame)

    def _written(self, column: pd.Series[Any]) -> Cells:
        convert = self.cells.get(str(column.name))
        return each(column, convert) if callable(convert) else mended(column, review_text)


# Accounts by ICP, the primary one first, then best tier, then priority.
IN_WORKING_ORDER = (
    "nullif(icp_id, 'primary') is not null",
    "icp_id",
    tier_rank("tier"),
    "priority_score desc",
    "account_id",
)


def ranked(model: str) -> str:
    """The query for a model's accounts with their rank in working order first, and a note as the last header."""
    order = ", ".join(f"{column} nulls last" for column in IN_WORKING_ORDER)
    rank = f"row_number() over (partition by icp_id order by {order}) as rank"
    return f"select {rank}, *, '' as {quoted(REVIEW_NOTE)} from {model}"
