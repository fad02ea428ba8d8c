"""The exact reader of delimited text: every record with the line it starts on, or why it cannot be read.

`blocks` passes it whatever is not clearly well formed. Nothing is sniffed. Python's csv reader in strict mode is
used because only it gives exact line numbers for quoted newlines and rejects what others silently repair.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TextIO

import numpy as np
import pyarrow as pa

from icp_pipeline.sources.declared.plan import FileFormat
from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.text.encodings import WHERE, is_utf_8, undecodable, utf_16_or_32
from icp_pipeline.sources.text.parquet_text import is_parquet, parquet_header
from icp_pipeline.sources.text.raw_table import RawTable
from icp_pipeline.sources.text.short_rows import ShortRows

_CHUNK = 50_000
# A longer cell is not data; the reader itself may go further, so that one such row does not shift the next ones.
BIGGEST_CELL = 2_000_000
_PARSER_LIMIT = 64_000_000
# CRMs allow about a thousand fields per object.
_MOST_COLUMNS = 10_000
DELIMITERS = {",": "comma ','", ";": "semicolon ';'", "\t": "tab", "|": "bar '|'"}
# A backslash before a quote or before another backslash.
_ESCAPED = re.compile(r'\\(["\\])')
_SAMPLED_ROWS = 500
_MAGIC = {
    b"\x1f\x8b": "gzip data that was compressed twice: unpack it, then land the plain file",
    b"PK\x03\x04": "a ZIP or Excel file: unpack it, or save the sheet as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Excel file: save the sheet as CSV UTF-8",
    b"%PDF": "a PDF: export the data as CSV",
    b"SQLite format 3": "a database file: export its tables as CSV UTF-8",
    b"<!DOCTYPE": "a web page: export the data as CSV UTF-8",
    b"<html": "a web page: export the data as CSV UTF-8",
}


def read_header(path: Path, declared: FileFormat) -> list[str]:
    """The header's cells; raises Held for an empty file, another delimiter, or text in another encoding."""
    if is_parquet(path):
        return parquet_header(path)
    delimiter = delimiter_of(declared)
    with _opened(path, declared.encoding) as text:
        skip_above(text, declared, path)
        return header_of(CsvReader(text, delimiter), path, delimiter)


def read_one_by_one(path: Path, declared: FileFormat, wanted: Sequence[int]) -> RawTable:
    """Read the wanted columns. Rows with a wrong number of cells are rejected; an unclosed quote blocks the file."""
    delimiter = delimiter_of(declared)
    with _opened(path, declared.encoding) as text:
        above = skip_above(text, declared, path)
        reader = CsvReader(lines_to_parse(text, declared), delimiter)
        header = header_of(reader, path, delimiter)
        table = Collector(sorted(set(wanted)), header, path, declared)
        collect(reader, table, path, above)
    return table.finish()


def first_cells(path: Path, declared: FileFormat, width: int) -> list[str]:
    """How the first whole rows of a file start."""
    return [row[0] for row in first_rows(path, declared, width)]


def first_rows(path: Path, declared: FileFormat, width: int) -> list[list[str]]:
    """The first whole rows of a file of text."""
    delimiter, found = delimiter_of(declared), []
    with _opened(path, declared.encoding) as text, contextlib.suppress(csv.Error, UnicodeDecodeError):
        skip_above(text, declared, path)
        reader = CsvReader(lines_to_parse(text, declared), delimiter)
        header_of(reader, path, delimiter)
        for row in itertools.islice(reader, _SAMPLED_ROWS):
            if len(row) == width:
                found.append(row)
    return found


def ends_inside_a_line(path: Path) -> bool:
    """Whether a file ends without a line end, as a truncated copy does."""
    with path.open("rb") as data:
        data.seek(max(0, path.stat().st_size - 4))
        return data.read().strip(b"\x00")[-1:] not in (b"\n", b"\r")


def delimiter_of(declared: FileFormat) -> str:
    """The delimiter to read with: a comma if none is declared."""
    return declared.delimiter or ","


def skip_above(lines: Iterator[str], declared: FileFormat, path: Path) -> int:
    """Skip the lines above a declared header and return how many; raises Held if the file ends there."""
    above = (declared.header_line or 1) - 1
    try:
        passed = sum(1 for _ in itertools.islice(lines, above))
    except UnicodeDecodeError as error:
        raise undecodable(error, path) from None
    if passed < above:
        raise Held(f"`header_line: {declared.header_line}` is declared, but the file ends in line {passed}")
    return above


def _opened(path: Path, encoding: str) -> TextIO:
    refuse_not_text(path, encoding)
    encoding = "utf-8-sig" if is_utf_8(path, encoding) else encoding
    return path.open(encoding=encoding, errors="strict", newline="")


def refuse_not_text(path: Path, encoding: str) -> None:
    """Raises Held for an empty file, for other formats by their first bytes, and for undeclared UTF-16."""
    with path.open("rb") as data:
        head = data.read(4096)
    if not head:
        raise Held("empty file (0 bytes): expected at least a header line")
    for magic, advice in _MAGIC.items():
        if head.startswith(magic):
            raise Held(f"not text but {advice}")
    if head[257:262] == b"ustar":
        raise Held("not text but a tar archive: unpack it, then land the files in it")
    found = utf_16_or_32(head)
    if found and "16" not in encoding and "32" not in encoding:
        raise Held(
            f"text is {found}, expected {encoding}: declare `encoding: {found.lower()}` {WHERE}, or save it as UTF-8"
        )


def lines_to_parse(lines: Iterable[str], declared: FileFormat) -> Iterable[str]:
    """Lines with doubled quotes inside cells, also if the file has backslashes before them."""
    return (_ESCAPED.sub(_doubled, line) for line in lines) if declared.escape else lines


def _doubled(match: re.Match[str]) -> str:
    return '""' if match[1] == '"' else "\\"


class CsvReader:
    """Python's reader in strict mode, with the lines that the last record spans."""

    def __init__(self, text: Iterable[str], delimiter: str) -> None:
        csv.field_size_limit(_PARSER_LIMIT)
        self._taken: list[str] = []
        self._reader = csv.reader(self._passed(text), delimiter=delimiter, quotechar='"', doublequote=True, strict=True)

    def __iter__(self) -> CsvReader:
        return self

    def __next__(self) -> list[str]:
        self._taken.clear()
        return next(self._reader)

    @property
    def line_num(self) -> int:
        """How many lines it has read."""
        return self._reader.line_num

    @property
    def record(self) -> str:
        """The text of the last record, also if it could not be read."""
        return "".join(self._taken)

    def _passed(self, text: Iterable[str]) -> Iterator[str]:
        for line in text:
            self._taken.append(line)
            yield line


def header_of(reader: CsvReader, path: Path, delimiter: str) -> list[str]:
    """The first record that is not blank; raises Held if it cannot be read, or for another delimiter."""
    try:
        header = next((row for row in reader if row), None)
    except UnicodeDecodeError as error:
        raise undecodable(error, path) from None
    except csv.Error as error:
        _refuse_delimiter(_quoted_otherwise(path, delimiter), delimiter)
        raise Held(f"line 1: the header cannot be read ({error})") from None
    if header is None:
        raise Held("no header line: the file holds blank lines only")
    if len(header) > _MOST_COLUMNS:
        raise Held(f"{len(header):,} columns, expected at most {_MOST_COLUMNS:,}: export the fields that are needed")
    _refuse_delimiter(_other_delimiter(header, delimiter), delimiter)
    return [name.strip().lstrip("\ufeff") for name in header]


def named_width(header: Sequence[str]) -> int:
    """The number of columns up to the last one with a name."""
    return max((place for place, name in enumerate(header, start=1) if name), default=len(header))


def _refuse_delimiter(found: str | None, delimiter: str) -> None:
    if found:
        raise Held(
            f"expected {DELIMITERS.get(delimiter, repr(delimiter))} between columns, found {DELIMITERS[found]}: export "
            "it again, or map it under `sources:` in icp.yaml with its `delimiter`"
        )


def _quoted_otherwise(path: Path, delimiter: str) -> str | None:
    """The delimiter that splits a header which another one cannot: only one may follow a closing quote."""
    with path.open("rb") as data:
        line = data.readline(1 << 20).decode("utf-8-sig", "replace")
    for other in DELIMITERS:
        with contextlib.suppress(csv.Error):
            if other != delimiter and len(next(CsvReader([line], other), [])) > 1:
                return other
    return None


def _other_delimiter(header: list[str], delimiter: str) -> str | None:
    """The delimiter that splits a header into more columns than this one."""
    joined = delimiter.join(header)
    counts = {other: joined.count(other) for other in DELIMITERS if other != delimiter}
    other = max(counts, key=lambda name: counts[name])
    return other if counts[other] >= 1 and counts[other] >= len(header) else None


def collect(
    reader: CsvReader,
    table: Collector,
    path: Path,
    before: int = 0,
    enough: Callable[[], bool] = lambda: False,
) -> int:
    """Add the reader's records, `before` lines into the file, until there are `enough`; returns the lines read."""
    start = reader.line_num + 1
    while table.is_open or not enough():
        try:
            row = next(reader, None)
            if row is None:
                table.is_at_end = True
                break
            table.add(row, before + start)
        except UnicodeDecodeError as error:
            raise undecodable(error, path) from None
        except csv.Error as error:
            _refuse_backslash(reader.record, before + start)
            _refuse_lost(error, before + start, before + reader.line_num)
            table.reject(before + start, "text after a closing quote: quotes inside a cell must be doubled")
        start = reader.line_num + 1
    return before + start - 1


def _refuse_backslash(record: str, line: int) -> None:
    if '\\"' in record:
        raise Held(backslash_message(line))


def backslash_message(line: int) -> str:
    """What to do about quotes after a backslash, if the file as a whole cannot be read with them."""
    return (
        f'line {line}: a backslash before a quote (\\"), as Spark and MySQL write it. Quotes inside a cell must be '
        'doubled (""), and read with backslashes the file does not come out whole either. Export it again with doubled '
        "quotes (Spark: .option('escape', '\"'))"
    )


def _refuse_lost(error: csv.Error, start: int, line: int) -> None:
    """Raises Held unless the broken record ends with its line."""
    if "unexpected end of data" in str(error) or "field limit" in str(error):
        raise Held(f"a quote opened in the record of line {start} is never closed: the rest is lost") from None
    if line > start:
        # The next record could start anywhere, even inside this one.
        raise Held(
            f"a quote opened in the record of line {start} is closed in line {line}, in the middle "
            "of a cell: quotes inside a cell must be doubled, and each that opens must close"
        ) from None


class Collector:
    """Collects wanted cells in chunks, so that memory grows with the wanted columns and not with the file."""

    def __init__(
        self, wanted: list[int], header: Sequence[str], path: Path, declared: FileFormat, after_bad: bool = False
    ) -> None:
        self._wanted = wanted
        self._width = len(header)
        self._named = named_width(header)
        self._path = path
        self._short = ShortRows(self._named, lambda: first_cells(path, declared, self._width))
        # itemgetter gives a bare cell for a single index: ask for it twice.
        self._take: Callable[[list[str]], tuple[str, ...]] = itemgetter(*(wanted or [0]), (wanted or [0])[0])
        self._rows: list[tuple[str, ...]] = []
        self._lines: list[int] = []
        self._chunks: dict[int, list[pa.Array]] = {index: [] for index in wanted}
        self._rejected: list[tuple[int, str | None, str]] = []
        self._padded: list[int] = []
        self._open: list[tuple[list[str], int]] = []
        self.is_at_end = False
        self.ended_bad = after_bad

    @property
    def is_open(self) -> bool:
        """Whether the last rows depend on the next one."""
        return bool(self._open)

    def add(self, row: list[str], line: int) -> None:
        """Keep a record, or reject it for its number of cells."""
        if not row:
            return
        if len(row) < self._named:
            self._open.append((row, line))
            return
        if len(row) > self._width and any(row[self._width :]):
            self.reject(line, f"{len(row)} cells, expected {self._width}")
            return
        self._settle(before_bad=bool(self._open) and not self._short.begins_alike(row[0]))
        self._keep(row, line)
        self.ended_bad = False

    def reject(self, line: int, reason: str) -> None:
        """Count a record that is not kept."""
        self._settle(before_bad=True)
        self._rejected.append((line, None, reason))
        self.ended_bad = True

    def _keep(self, row: list[str], line: int) -> None:
        self._rows.append(self._take(row if len(row) >= self._width else row + [""] * (self._width - len(row))))
        self._lines.append(line)
        if len(self._rows) >= _CHUNK:
            self._flush()

    def _settle(self, before_bad: bool) -> None:
        """Decide which of the short rows before this one are records."""
        if not self._open:
            return
        is_cut = self.is_at_end and ends_inside_a_line(self._path)
        run = [row for row, _ in self._open]
        refused = self._short.refused(run, self.ended_bad, before_bad, is_cut)
        for (row, line), reason in zip(self._open, refused, strict=True):
            if reason is None:
                self._keep(row, line)
                self._padded.append(line)
            else:
                self._rejected.append((line, None, reason))
        self._open = []

    def _flush(self) -> None:
        if max(max(map(len, cells)) for cells in zip(*self._rows, strict=True)) > BIGGEST_CELL:
            self._drop_giants()
        for index, cells in zip(self._wanted, zip(*self._rows, strict=True), strict=False):
            self._chunks[index].append(pa.array(cells, pa.string()))
        self._rows = []

    def _drop_giants(self) -> None:
        first = len(self._lines) - len(self._rows)
        fits = [max(map(len, cells)) <= BIGGEST_CELL for cells in self._rows]
        for line, is_fit in zip(self._lines[first:], fits, strict=True):
            if not is_fit:
                self.reject(line, f"a cell longer than {BIGGEST_CELL:,} characters")
        self._lines[first:] = [line for line, is_fit in zip(self._lines[first:], fits, strict=True) if is_fit]
        self._rows = [cells for cells, is_fit in zip(self._rows, fits, strict=True) if is_fit]

    def finish(self) -> RawTable:
        """Everything collected."""
        self._settle(before_bad=False)
        if self._rows:
            self._flush()
        columns = {
            index: pa.chunked_array(chunks, pa.string()).combine_chunks() for index, chunks in self._chunks.items()
        }
        return RawTable(columns, np.array(self._lines, dtype=np.int64), self._rejected, self._padded)
