"""CSV bytes that do not depend on the machine: UTF-8, LF, every cell quoted, rows in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.activation.safe_cells import CLEAR, is_valid
from icp_pipeline.errors import PublishError
from icp_pipeline.plain_text import text_bytes

# Salesforce takes 150 MB after base64; HubSpot takes 1,048,576 rows.
MAX_BYTES = 100 * 1000 * 1000
MAX_ROWS = 1_048_575
_PIECE = 1024 * 1024
BOM = b"\xef\xbb\xbf"
Cells: TypeAlias = Sequence[str] | pa.LargeStringArray


@dataclass(frozen=True)
class ImportColumn:
    """One column of an import file: its header, its cells, and what each cell must look like."""

    header: str
    kind: str
    cells: Sequence[str]
    may_clear: bool = False
    may_be_blank: bool = False
    # What the CRM calls the field, where the header is another.
    field: str | None = None


@dataclass(frozen=True)
class WrittenFile:
    """A file of the export, and how many data rows it holds (None where rows mean nothing)."""

    name: str
    rows: int | None
    # The file that was cut into parts of which this is a later one.
    part_of: str | None = None


def validate(file: str, columns: Sequence[ImportColumn], first_row: int = 1) -> None:
    """Every cell against its pattern; raises PublishError naming file, row and column, never the value."""
    for column in columns:
        # Most columns say few things often: each is looked at once.
        broken = {cell for cell in set(column.cells) if not _may_stand(column, cell)}
        if broken:
            row = next(row for row, cell in enumerate(column.cells, start=first_row) if cell in broken)
            raise PublishError(
                f"{file} row {row} column {column.header}: the cell is not a valid {column.kind.replace('_', ' ')};"
                " import files hold only ids, labels, numbers and dates, so nothing was exported."
                " Correct the record in the CRM export, or look it up in exports.account_tags"
            )


def _may_stand(column: ImportColumn, cell: str) -> bool:
    if is_valid(column.kind, cell) or (cell == CLEAR and column.may_clear):
        return True
    return cell == "" and column.may_be_blank


def refuse_duplicates(file: str, column: ImportColumn, before: str | None = None, first_row: int = 1) -> None:
    """One line per record: what a CRM does with two is undefined. Rows are in the order of their id; `before` is the
    id of the row above."""
    for row, cell in enumerate(column.cells, start=first_row):
        if cell == before:
            raise PublishError(
                f"{file} row {row} column {column.header}: the id is in the file twice, so nothing was exported."
                " Two accounts claim one record; see quality.warnings"
            )
        before = cell


def write_import(
    folder: Path,
    name: str,
    batches: Iterable[Sequence[ImportColumn]],
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
) -> list[WrittenFile]:
    """Validate and write an import file, in parts when the CRM would refuse its size.

    Each of the batches has all columns, the id first, in whose order the rows are.
    """
    rest = iter(batches)
    first = next(rest)
    header = [column.header for column in first]
    cells = _judged(name, chain([first], rest))
    return write_parts(folder, part_names(name), header, cells, max_bytes, max_rows)


def _judged(name: str, batches: Iterable[Sequence[ImportColumn]]) -> Iterator[list[Cells]]:
    row, before = 1, None
    for columns in batches:
        ids = columns[0].cells
        validate(name, columns, row)
        refuse_duplicates(name, columns[0], before, row)
        row, before = row + len(ids), ids[-1] if len(ids) else before
        yield [column.cells for column in columns]


def part_names(name: str) -> Callable[[int], str]:
    """How parts are called: the first as the whole would be."""
    return lambda number: name if number == 1 else name.replace(".csv", f"_part_{number}.csv")


def write_parts(
    folder: Path,
    name: Callable[[int], str],
    header: Sequence[str],
    batches: Iterable[Sequence[Cells]],
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
    is_even: bool = False,
) -> list[WrittenFile]:
    """Write rows whose cells are as they may be, in parts of a size; one part when there are none.

    `is_even`: no part is much shorter than another. `name` gives the file of a part, which counts from 1.
    """
    start = _line(header)
    # All in one file first: where it has to be cut is known at its end.
    with (folder / name(1)).open("w+b") as file:
        file.write(start)
        bounds = _write_lines(file, batches)
        parts = _cut(bounds, max_bytes - len(start), max_rows, is_even)
        for number, (begin, end) in enumerate(parts[1:], start=2):
            file.seek(len(start) + bounds[begin])
            with (folder / name(number)).open("wb") as part:
                part.write(start)
                _copy(file, part, int(bounds[end] - bounds[begin]))
        file.truncate(len(start) + bounds[parts[0][1]])
    return [
        WrittenFile(name(number), end - begin, name(1) if number > 1 else None)
        for number, (begin, end) in enumerate(parts, start=1)
    ]


def write_rows(
    path: Path, header: Sequence[str], batches: Iterable[Sequence[Cells]], start: bytes = b""
) -> WrittenFile:
    """Write a file that is not for import; the caller has escaped its cells."""
    with path.open("wb") as file:
        file.write(start + _line(header))
        rows = len(_write_lines(file, batches)) - 1
    return WrittenFile(path.name, rows)


def write_texts(path: Path, texts: Iterable[str]) -> int:
    """Write a file of texts that come one after the other; returns how many."""
    written = 0
    with path.open("wb") as file:
        for text in texts:
            file.write(text.encode())
            written += 1
    return written


def _copy(source: IO[bytes], to: IO[bytes], size: int) -> None:
    """The next so many bytes of a file."""
    while size > 0:
        size -= to.write(source.read(min(size, _PIECE)))


def _write_lines(file: IO[bytes], batches: Iterable[Sequence[Cells]]) -> npt.NDArray[np.int64]:
    """Write a line for each row; where each begins, from the first of them on, and where the last one ends."""
    end, ends = 0, [np.zeros(1, dtype=np.int64)]
    for columns in batches:
        places, content = text_bytes(lines(columns))
        file.write(content.data)
        ends.append(end + places[1:])
        end += len(content)
    return np.concatenate(ends)


def _line(cells: Sequence[str]) -> bytes:
    return text_bytes(lines([[cell] for cell in cells]))[1].tobytes()


def lines(columns: Sequence[Cells]) -> pa.LargeStringArray:
    """A line for each row: every cell in quotes, and quotes in a cell doubled."""
    cells = [_doubled(pa.array(column, pa.large_string())) for column in columns]
    start, between, end, nothing = (pa.scalar(text, pa.large_string()) for text in ('"', '","', '"\n', ""))
    return pc.binary_join_element_wise(start, pc.binary_join_element_wise(*cells, between), end, nothing)


def _doubled(cells: pa.LargeStringArray) -> pa.LargeStringArray:
    # Nearly every column: no quote in it.
    has_quotes = (text_bytes(cells)[1] == ord('"')).any()
    return pc.replace_substring(cells, '"', '""') if has_quotes else cells


def _cut(bounds: npt.NDArray[np.int64], max_bytes: int, max_rows: int, is_even: bool) -> list[tuple[int, int]]:
    """The first and the last row (not included) of each part."""
    parts = [*_parts(bounds, max_bytes, max_rows)]
    while is_even and len(parts) > 1:
        evener = [*_parts(bounds, max_bytes, -(-(len(bounds) - 1) // len(parts)))]
        if len(evener) == len(parts):
            return evener
        parts = evener
    return parts


def _parts(bounds: npt.NDArray[np.int64], max_bytes: int, max_rows: int) -> Iterator[tuple[int, int]]:
    """Lines in order, cut where the next one would not fit; one empty part when there are none."""
    start, rows = 0, len(bounds) - 1
    while start < rows or start == 0:
        fitting = int(np.searchsorted(bounds, bounds[start] + max_bytes, side="right")) - 1
        # A line that is too long of itself stands alone.
        end = min(max(fitting, start + 1), start + max_rows, rows)
        yield start, end
        if end == rows:
            return
        start = end
