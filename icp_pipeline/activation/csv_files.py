"""CSV bytes that do not depend on the machine: UTF-8, LF, every cell quoted, rows in a fixed order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.activation.safe_cells import CLEAR, is_valid
from icp_pipeline.errors import PublishError
from icp_pipeline.plain_text import text_bytes

# Salesforce takes 150 MB after base64; HubSpot takes 1,048,576 rows.
MAX_BYTES = 100 * 1000 * 1000
MAX_ROWS = 1_048_575
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


def validate(file: str, columns: Sequence[ImportColumn]) -> None:
    """Every cell against its pattern; raises PublishError naming file, row and column, never the value."""
    for column in columns:
        # Most columns say few things often: each is looked at once.
        broken = {cell for cell in set(column.cells) if not _may_stand(column, cell)}
        if broken:
            row = next(row for row, cell in enumerate(column.cells, start=1) if cell in broken)
            raise PublishError(
                f"{file} row {row} column {column.header}: the cell is not a valid {column.kind.replace('_', ' ')};"
                " import files hold only ids, labels, numbers and dates, so nothing was exported."
                " Correct the record in the CRM export, or look it up in exports.account_tags"
            )


def _may_stand(column: ImportColumn, cell: str) -> bool:
    if is_valid(column.kind, cell) or (cell == CLEAR and column.may_clear):
        return True
    return cell == "" and column.may_be_blank


def refuse_duplicates(file: str, column: ImportColumn) -> None:
    """One line per record: what a CRM does with two is undefined."""
    if len(set(column.cells)) == len(column.cells):
        return
    seen: set[str] = set()
    for row, cell in enumerate(column.cells, start=1):
        if cell in seen:
            raise PublishError(
                f"{file} row {row} column {column.header}: the id stands in the file twice, so nothing was exported."
                " Two accounts claim one record; see quality.warnings"
            )
        seen.add(cell)


def write_import(
    folder: Path, name: str, columns: Sequence[ImportColumn], max_bytes: int = MAX_BYTES, max_rows: int = MAX_ROWS
) -> list[WrittenFile]:
    """Validate and write an import file, in parts when the CRM would refuse its size. The first column is the id."""
    validate(name, columns)
    refuse_duplicates(name, columns[0])
    header = [column.header for column in columns]
    return write_parts(folder, part_names(name), header, [column.cells for column in columns], max_bytes, max_rows)


def part_names(name: str) -> Callable[[int], str]:
    """How parts are called: the first as the whole would be."""
    return lambda number: name if number == 1 else name.replace(".csv", f"_part_{number}.csv")


def write_parts(
    folder: Path,
    name: Callable[[int], str],
    header: Sequence[str],
    columns: Sequence[Cells],
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
    is_even: bool = False,
) -> list[WrittenFile]:
    """Write rows whose cells are as they may be, in parts of a size; one part when there are none.

    `is_even`: no part is much shorter than another. `name` gives the file of a part, which counts from 1.
    """
    start, lines = _line(header), _lines(columns)
    parts = [*_parts(lines, max_bytes - len(start), max_rows)]
    while is_even and len(parts) > 1:
        evener = [*_parts(lines, max_bytes - len(start), -(-len(lines) // len(parts)))]
        if len(evener) == len(parts):
            parts = evener
            break
        parts = evener
    written = []
    for number, part in enumerate(parts, start=1):
        write_bytes(folder / name(number), start + _bytes(part))
        written.append(WrittenFile(name(number), len(part), name(1) if number > 1 else None))
    return written


def write_rows(path: Path, header: Sequence[str], columns: Sequence[Cells], start: bytes = b"") -> WrittenFile:
    """Write a file that is not for import; the caller has escaped its cells."""
    lines = _lines(columns)
    write_bytes(path, start + _line(header) + _bytes(lines))
    return WrittenFile(path.name, len(lines))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file and force it to the disk: after a power cut it is whole or its folder was never renamed."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _line(cells: Sequence[str]) -> bytes:
    return _bytes(_lines([[cell] for cell in cells]))


def _lines(columns: Sequence[Cells]) -> pa.LargeStringArray:
    """A line for each row: every cell in quotes, and quotes in a cell doubled."""
    cells = [_doubled(pa.array(column, pa.large_string())) for column in columns]
    start, between, end, nothing = (pa.scalar(text, pa.large_string()) for text in ('"', '","', '"\n', ""))
    return pc.binary_join_element_wise(start, pc.binary_join_element_wise(*cells, between), end, nothing)


def _doubled(cells: pa.LargeStringArray) -> pa.LargeStringArray:
    # Nearly every column: no quote in it.
    has_quotes = (text_bytes(cells)[1] == ord('"')).any()
    return pc.replace_substring(cells, '"', '""') if has_quotes else cells


def _bytes(lines: pa.LargeStringArray) -> bytes:
    return text_bytes(lines)[1].tobytes()


def _parts(lines: pa.LargeStringArray, max_bytes: int, max_rows: int) -> Iterator[pa.LargeStringArray]:
    """Lines in order, cut where the next one would not fit; one empty part when there are none."""
    bounds, start = text_bytes(lines)[0], 0
    while start < len(lines) or start == 0:
        fitting = int(np.searchsorted(bounds, bounds[start] + max_bytes, side="right")) - 1
        # A line that is too long of itself stands alone.
        end = min(max(fitting, start + 1), start + max_rows)
        yield lines[start:end]
        start = end
