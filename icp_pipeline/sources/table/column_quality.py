"""What became of the cells of each column of a file, and whether its required columns can be used at all.

A kind names the columns that decide what its rows mean, such as who won a deal. A file without a single usable cell in
one of them is blocked: the models would read every row as if it had no value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.catalog.kinds import Kind
from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.table.cell_columns import Cells, Problem

# Configured columns that say who is a customer: `customer.since` and `customer.churned_at` of the settings.
_CUSTOMER_DATES = ("customer_since", "customer_churned_at")


@dataclass
class ColumnCount:
    """One column of a file: how many cells it has, how many are blank, and which are unusable."""

    column_name: str | None
    field: str
    cells: int
    blank: int
    problems: list[Problem] = dataclasses.field(default_factory=list)

    @property
    def rejected(self) -> int:
        """Cells that could not be used."""
        return sum(len(problem.rows) for problem in self.problems)

    @property
    def usable(self) -> int:
        """Cells with a value."""
        return self.cells - self.blank - self.rejected

    def first(self) -> tuple[int, str] | None:
        """The first unusable cell's row and the reason."""
        firsts = [
            (int(problem.rows[place]), problem.reasons[place])
            for problem in self.problems
            if len(problem.rows)
            for place in [int(np.argmin(problem.rows))]
        ]
        return min(firsts, default=None)


class ColumnCounts:
    """Collects the counts while the columns of one file are read."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._counted = 0
        self.columns: list[ColumnCount] = []

    def note(self, field_name: str, spelling: str, raw: pa.Array) -> list[Problem]:
        """Count a column that has just been read; returns its problems."""
        problems = self._cells.problems[self._counted :]
        self._counted = len(self._cells.problems)
        self.columns.append(ColumnCount(spelling, field_name, len(raw), 0, problems))
        self.columns[-1].blank = self._blank(field_name, raw, problems)
        return problems

    def note_later(self, requests: Iterable[tuple[str, str, pa.Array]]) -> None:
        """Assign problems found since: to the given configured columns, and to those read before."""
        later = self._cells.problems[self._counted :]
        self._counted = len(self._cells.problems)
        configured = [ColumnCount(spelling, name, len(raw), _empty(raw)) for name, spelling, raw in requests]
        for problem in later:
            owner = next((one for one in [*self.columns, *configured] if one.column_name == problem.column), None)
            if owner is not None:
                owner.problems.append(problem)
        self.columns += configured

    def _blank(self, name: str, raw: pa.Array, problems: Sequence[Problem]) -> int:
        """Cells with neither a value nor a problem."""
        rejected = sum(len(problem.rows) for problem in problems)
        if name in self._cells.lists:
            said = [self._cells.lists[name][0], *(problem.rows for problem in problems)]
            return len(raw) - len(np.unique(np.concatenate(said)))
        return self._cells.columns[name].null_count - rejected if name in self._cells.columns else _empty(raw)


def _empty(raw: pa.Array) -> int:
    return int(raw.null_count + (pc.sum(pc.equal(raw, "")).as_py() or 0))


def refuse_unusable(kind: Kind, counts: Sequence[ColumnCount], lines: np.ndarray) -> None:
    """Block a file in which all cells of a required column are unusable, although there are some.

    What a reader could derive from other columns does not count: the column was exported to be read.
    """
    alone = {group[0] for group in kind.deciding if len(group) == 1}
    for name in dict.fromkeys(count.field for count in counts if count.field in alone.union(_CUSTOMER_DATES)):
        own = [count for count in counts if count.field == name]
        refused = [count for count in own if count.rejected]
        if refused and not any(count.usable for count in own):
            raise Held(_unusable(refused[0], lines))


def refuse_undecided(kind: Kind, cells: Cells, counts: Sequence[ColumnCount], lines: np.ndarray) -> None:
    """Block a file in which several alternative columns are all empty, or every id is blank."""
    refuse_unusable(kind, counts, lines)
    for group in _lacking(kind, cells):
        own = [count for count in counts if count.field in group]
        refused = [count for count in own if count.rejected]
        if refused:
            raise Held(_unusable(refused[0], lines))
        # A domain that names no company (a mail provider) is read correctly, but gives no value.
        if own and set(group) <= set(kind.cells) and kind.types[group[0]] != "domain":
            raise Held(
                f"column '{own[0].column_name}' is blank in all {cells.size:,} rows, and no {kind.name} can be used "
                "without it: export the file again with it"
            )


def _unusable(count: ColumnCount, lines: np.ndarray) -> str:
    row, reason = count.first() or (0, "not usable")
    there = count.cells - count.blank
    cells = "the only cell" if there == 1 else f"not one of the {there:,} cells"
    can = "cannot" if there == 1 else "can"
    return (
        f"{cells} of the required column '{count.column_name}' {can} be used; first line "
        f"{int(lines[row])}: {reason}. Export the column again as the vendor writes it, or declare in icp.yaml how the "
        "file is written (`date_order`, `decimal`, `values`)"
    )


def quality_rows(
    path: str, kind: Kind, cells: Cells, counts: Sequence[ColumnCount], lines: np.ndarray
) -> list[dict[str, Any]]:
    """`lake.column_quality` rows of one file: each column that was read, and each required one that is missing."""
    lacking = _lacking(kind, cells)
    read = {count.field for count in counts}
    missing = [group for group in lacking if read.isdisjoint(group)]
    says_nothing = {name for group in lacking for name in (*group, " or ".join(group))}
    rows = []
    for count in (*counts, *(ColumnCount(None, " or ".join(group), cells.size, cells.size) for group in missing)):
        row, reason = count.first() or (None, None)
        line = None if row is None else int(lines[row])
        is_lacking = "true" if count.field in says_nothing else "false"
        rows.append(quality_row(path, kind.name, count, line, reason) | {"is_lacking": is_lacking})
    return rows


def quality_row(path: str, table: str, count: ColumnCount, line: int | None, reason: str | None) -> dict[str, Any]:
    """One row of `lake.column_quality`."""
    return {
        "path": path,
        "table_name": table,
        "column_name": count.column_name,
        "field": count.field,
        "cells": count.cells,
        "blank": count.blank,
        "rejected": count.rejected,
        "first_line": line,
        "first_reason": reason,
        "is_lacking": "false",
    }


def quality_together(parts: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """`lake.column_quality` rows of a file from those of its parts."""
    return [_sum_of(rows) for rows in zip(*parts, strict=True)]


def _sum_of(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    firsts = [(row["first_line"], row["first_reason"]) for row in rows if row["rejected"]]
    line, reason = min(firsts, default=(None, None))
    sums = {name: sum(row[name] for row in rows) for name in ("cells", "blank", "rejected")}
    return rows[0] | sums | {"first_line": line, "first_reason": reason}


class EventCounts:
    """The counts of an events file that is read in parts."""

    def __init__(self) -> None:
        self._columns: dict[str, ColumnCount] = {}
        self._first: dict[str, tuple[int, str]] = {}

    def add(self, field_name: str, spelling: str, values: pa.Array, problem: Problem | None, lines: np.ndarray) -> None:
        """Count a column of a part."""
        count = self._columns.setdefault(field_name, ColumnCount(spelling, field_name, 0, 0))
        rejected = len(problem.rows) if problem else 0
        count.cells += len(values)
        count.blank += values.null_count - rejected
        if problem and rejected:
            count.problems.append(problem)
            place = int(np.argmin(problem.rows))
            first = int(lines[problem.rows[place]]), problem.reasons[place]
            self._first[field_name] = min(first, self._first.get(field_name, first))

    def rows(self, path: str) -> list[dict[str, Any]]:
        """`lake.column_quality` rows of the file."""
        nothing = (None, None)
        return [
            quality_row(path, "usage_daily", count, *self._first.get(name, nothing))
            for name, count in self._columns.items()
        ]


def _lacking(kind: Kind, cells: Cells) -> list[tuple[str, ...]]:
    """Required columns, each with its alternatives, that are empty in every row."""
    if not cells.size:
        return []
    return [group for group in kind.deciding if not any(_says(cells, name) for name in group)]


def _says(cells: Cells, name: str) -> bool:
    return name in cells.columns and cells.columns[name].null_count < cells.size
