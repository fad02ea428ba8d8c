"""CSV bytes that do not depend on the machine: UTF-8, LF, every cell quoted, rows in a fixed order."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from icp_pipeline.activation.cells import CLEAR, is_valid
from icp_pipeline.errors import PublishError

# Salesforce takes 150 MB after base64; HubSpot takes 1,048,576 rows.
MAX_BYTES = 100 * 1000 * 1000
MAX_ROWS = 1_048_575
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class ImportColumn:
    """One column of an import file: its header, its cells, and what each cell must look like."""

    header: str
    kind: str
    cells: Sequence[str]
    may_clear: bool = False
    may_be_blank: bool = False


@dataclass(frozen=True)
class WrittenFile:
    """A file of the export, and how many data rows it holds (None where rows mean nothing)."""

    name: str
    rows: int | None


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
    header = _line([column.header for column in columns])
    rows = (_line(cells) for cells in zip(*(column.cells for column in columns), strict=True))
    written = []
    for number, part in enumerate(_parts(header, rows, max_bytes, max_rows), start=1):
        file = name if number == 1 else name.replace(".csv", f"_part_{number}.csv")
        write_bytes(folder / file, header + b"".join(part))
        written.append(WrittenFile(file, len(part)))
    return written


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], start: bytes = b"") -> WrittenFile:
    """Write a file that is not for import; the caller has escaped its cells."""
    lines = [_line(cells) for cells in rows]
    write_bytes(path, start + _line(header) + b"".join(lines))
    return WrittenFile(path.name, len(lines))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file and force it to the disk: after a power cut it is whole or its folder was never renamed."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _line(cells: Sequence[str]) -> bytes:
    text = '","'.join(cells)
    # Nearly every line: the only quotes are those put between its cells.
    if text.count('"') != 2 * (len(cells) - 1):
        text = '","'.join(cell.replace('"', '""') for cell in cells)
    return f'"{text}"\n'.encode()


def _parts(header: bytes, rows: Iterable[bytes], max_bytes: int, max_rows: int) -> Iterator[list[bytes]]:
    """Rows in order, cut where the next one would not fit; one empty part when there are none."""
    part: list[bytes] = []
    size = len(header)
    for row in rows:
        if part and (size + len(row) > max_bytes or len(part) >= max_rows):
            yield part
            part, size = [], len(header)
        part.append(row)
        size += len(row)
    yield part
