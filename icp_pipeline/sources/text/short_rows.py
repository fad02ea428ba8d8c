"""Rows with fewer cells than the header: records whose last cells were left out, or pieces of a broken one.

Excel and others leave out blank cells at the end of a row. A line break inside an unquoted cell leaves
short rows, too, which are not records. The first cell distinguishes them if it is an id: a piece
starts with whatever followed the line break. If the first column is free text, neighbouring short rows that add up
to one whole row count as pieces. In doubt a row is rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

# Whole numbers with fewer digits can start a piece of text by chance.
_TELLING_DIGITS = 6


class ShortRows:
    """What the first cells of a file look like, and which short rows can be records beside them."""

    def __init__(self, width: int, first_cells: Callable[[], list[str]]) -> None:
        self._width = width
        self._load = first_cells

    def refused(self, run: Sequence[list[str]], after_bad: bool, before_bad: bool, is_cut: bool) -> list[str | None]:
        """Why each of these neighbouring rows is not a record; None for those that are.

        `after_bad`, `before_bad`: the row before or after them is not one. `is_cut`: the file ends inside the last one.
        """
        count = [f"{len(row)} {'cell' if len(row) == 1 else 'cells'}, expected {self._width}" for row in run]
        reasons: list[str | None] = [None] * len(run)
        for place, row in enumerate(run):
            if not self._may_begin_a_record(row):
                # The row before it may be the piece that this one was broken off from.
                for piece in (place - 1, place):
                    if piece >= 0:
                        reasons[piece] = count[piece]
        for place in self._pieces(run):
            reasons[place] = count[place]
        if before_bad:
            reasons[-1] = count[-1]
        if after_bad and not self._are_ids:
            reasons[0] = count[0]
        if is_cut:
            reasons[-1] = f"{count[-1]}: the file ends inside this row"
        return reasons

    def begins_alike(self, cell: str) -> bool:
        """Whether a row that starts with this cell can be a record, judging by the first cells of this file."""
        if not self._are_ids:
            return True
        least, most = min(map(len, self._firsts)), max(map(len, self._firsts))
        return _is_id(cell) and least <= len(cell) <= most + 1 and (cell.isdigit() or not self._are_digits)

    def _may_begin_a_record(self, row: list[str]) -> bool:
        return self.begins_alike(row[0]) and (self._are_ids or len(row) > 1)

    def _pieces(self, run: Sequence[list[str]]) -> set[int]:
        """Positions of neighbours that together make one whole row: one cell less for each line break."""
        if self._are_ids and not (self._are_digits and max(map(len, self._firsts)) < _TELLING_DIGITS):
            return set()
        found: set[int] = set()
        for start in range(len(run)):
            cells = len(run[start])
            for end in range(start + 1, len(run)):
                cells += len(run[end]) - 1
                if cells >= self._width:
                    found |= set(range(start, end + 1)) if cells == self._width else set()
                    break
        return found

    @cached_property
    def _firsts(self) -> list[str]:
        return self._load()

    @cached_property
    def _are_ids(self) -> bool:
        return bool(self._firsts) and all(map(_is_id, self._firsts))

    @cached_property
    def _are_digits(self) -> bool:
        return all(map(str.isdigit, self._firsts))


def _is_id(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and not any(map(str.isspace, cell))
