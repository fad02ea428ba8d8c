"""Several columns of one file with the same meaning: in each row, the first with a value counts.

Exports carry a field under two names, each filled for some of the records. A name that the file has twice is one
column written twice, as long as the two do not contradict each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.table.cell_columns import Cells, Problem
from icp_pipeline.sources.table.recognition import Match, fold
from icp_pipeline.sources.text.raw_table import RawTable


@dataclass(frozen=True)
class Earlier:
    """A column as read from the more specific spellings."""

    values: pa.Array | None
    listed: tuple[np.ndarray, list[str]] | None
    raw: pa.Array | None
    spelling: str

    @classmethod
    def of(cls, cells: Cells, name: str) -> Earlier:
        """What is known of the column before the next spelling is read."""
        return cls(cells.columns.get(name), cells.lists.get(name), cells.raw.get(name), cells.spellings.get(name, name))


def fill_from(cells: Cells, name: str, earlier: Earlier, refused: Sequence[Problem], is_identity: bool) -> None:
    """Keep what is known, and take what is missing from the spelling just read.

    An unusable cell is replaced too, except in the record's key: another column may name
    something else.
    """
    is_refused = np.zeros(cells.size, dtype=bool)
    for problem in refused:
        is_refused[problem.rows] = True
    if earlier.listed is not None:
        cells.lists[name] = _filled_lists(earlier.listed, cells.lists[name], is_refused)
        return
    fresh = cells.columns[name]
    if is_identity:
        fresh = pc.if_else(pa.array(is_refused), None, fresh)
    cells.raw[name] = _raw_of(earlier, cells.raw[name], fresh)
    cells.columns[name] = pc.coalesce(earlier.values, fresh)
    cells.spellings[name] = earlier.spelling


def _raw_of(earlier: Earlier, raw: pa.Array, fresh: pa.Array) -> pa.Array:
    """The text that each value was read from."""
    from_fresh = pc.and_(pc.is_null(earlier.values), pc.or_(pc.is_valid(fresh), is_blank(earlier.raw)))
    return pc.if_else(from_fresh, raw, earlier.raw)


def _filled_lists(
    first: tuple[np.ndarray, list[str]], second: tuple[np.ndarray, list[str]], is_refused: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    taken = np.unique(first[0])
    free = ~np.isin(second[0], taken) & ~is_refused[second[0]]
    rows = np.concatenate([first[0], second[0][free]])
    values = [*first[1], *(value for value, is_free in zip(second[1], free, strict=True) if is_free)]
    order = np.argsort(rows, kind="stable")
    return rows[order], [values[place] for place in order]


def is_blank(raw: pa.Array | None) -> pa.Array:
    """Whether a cell is blank."""
    return pc.fill_null(pc.equal(pc.utf8_trim_whitespace(raw), ""), True)


def refuse_contradictions(match: Match, raw: RawTable) -> None:
    """Block a file that has one name twice with different cells: it is unclear which one is meant."""
    for column in match.at:
        by_name: dict[str, list[int]] = {}
        for place in match.places(column):
            by_name.setdefault(fold(match.header[place]), []).append(place)
        for places in by_name.values():
            for place in places[1:]:
                _refuse_contradiction(match.header, raw, places[0], place)


def _refuse_contradiction(header: Sequence[str], raw: RawTable, first: int, second: int) -> None:
    one, other = raw.columns[first], raw.columns[second]
    said = pc.invert(pc.or_(is_blank(one), is_blank(other)))
    differs = np.flatnonzero(pc.and_(said, pc.not_equal(one, other)).to_numpy(zero_copy_only=False))
    if len(differs):
        raise Held(
            f"column '{header[first]}' occurs twice, at positions {first + 1} and {second + 1}, and they differ (first "
            f"in line {int(raw.lines[differs[0]])}): remove one of them"
        )


def filled_text(raw: RawTable, match: Match, columns: Sequence[str]) -> RawTable:
    """The same text, with blank cells of these columns filled from the other spellings."""
    for column in columns:
        for place in match.also.get(column, ()):
            at = match.at[column]
            if pc.any(is_blank(raw.columns[at])).as_py():
                raw.columns[at] = pc.if_else(is_blank(raw.columns[at]), raw.columns[place], raw.columns[at])
    return raw
