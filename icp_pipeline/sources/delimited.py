"""The exact reader of delimited text: every record with the line it starts on, or a reason why it has none.

`blocks` hands it whatever is not plainly well formed. Nothing is sniffed. Python's own csv reader in strict mode is
used because it alone gives exact line numbers for quoted newlines and refuses what others repair in silence.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import TextIO

import numpy as np
import pyarrow as pa

from icp_pipeline.sources.plan import FileFormat
from icp_pipeline.sources.refusal import Held

_CHUNK = 50_000
# A cell beyond this is no data; the reader itself may go further, so that one such row does not shift the next ones.
BIGGEST_CELL = 2_000_000
_PARSER_LIMIT = 64_000_000
# CRMs stop at about a thousand fields of an object.
_MOST_COLUMNS = 10_000
DELIMITERS = {",": "comma ','", ";": "semicolon ';'", "\t": "tab", "|": "bar '|'"}
_WHERE = "in icp.yaml, under `vendors:` and the folder's name or in its `sources:` entry"
_MAGIC = {
    b"\x1f\x8b": "gzip data: unpack it, then land the plain file",
    b"PK\x03\x04": "a ZIP or Excel file: unpack it, or save the sheet as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Excel file: save the sheet as CSV UTF-8",
    b"%PDF": "a PDF: export the data as CSV",
    b"PAR1": "a Parquet file named as text: give it its .parquet ending",
}


@dataclass
class RawTable:
    """The wanted columns of a file, by position in its header; `lines` is where each kept record starts."""

    columns: dict[int, pa.Array]
    lines: np.ndarray
    rejected: list[tuple[int, str | None, str]] = field(default_factory=list)

    @property
    def rows_read(self) -> int:
        """Records seen, kept or not."""
        return len(self.lines) + len(self.rejected)


def read_header(path: Path, declared: FileFormat) -> list[str]:
    """The header's cells; raises Held for an empty file, another delimiter, or text in another encoding."""
    delimiter = delimiter_of(declared)
    with _opened(path, declared.encoding) as text:
        skip_above(text, declared, path)
        return header_of(csv_reader(text, delimiter), path, delimiter)


def read_one_by_one(path: Path, declared: FileFormat, wanted: Sequence[int]) -> RawTable:
    """Read the wanted columns. Rows with a wrong number of cells are rejected; a quote left open holds the file."""
    delimiter = delimiter_of(declared)
    with _opened(path, declared.encoding) as text:
        above = skip_above(text, declared, path)
        reader = csv_reader(text, delimiter)
        width = len(header_of(reader, path, delimiter))
        table = Collector(sorted(set(wanted)), width)
        collect(reader, table, path, above)
    return table.finish()


def delimiter_of(declared: FileFormat) -> str:
    """The delimiter to read with: commas where none is declared."""
    return declared.delimiter or ","


def skip_above(lines: Iterator[str], declared: FileFormat, path: Path) -> int:
    """Leave the lines above a declared header behind and return how many; raises Held where the file ends there."""
    above = (declared.header_line or 1) - 1
    try:
        passed = sum(1 for _ in itertools.islice(lines, above))
    except UnicodeDecodeError as error:
        raise _undecodable(error, path) from None
    if passed < above:
        raise Held(f"`header_line: {declared.header_line}` is declared, but the file has only {passed} lines")
    return above


def _opened(path: Path, encoding: str) -> TextIO:
    refuse_not_text(path, encoding)
    encoding = "utf-8-sig" if is_utf_8(path, encoding) else encoding
    return path.open(encoding=encoding, errors="strict", newline="")


def is_utf_8(path: Path, encoding: str) -> bool:
    """Whether a file is to be read as UTF-8: declared so, or plainly so where a one-byte encoding is declared."""
    name = codecs.lookup(encoding).name
    return name in ("utf-8", "utf-8-sig") or (_takes_any_byte(name) and _holds_utf_8(path))


def _takes_any_byte(name: str) -> bool:
    """One byte, one letter: such an encoding reads UTF-8 too, as letters that nobody wrote."""
    return name.startswith(("cp", "iso8859", "latin", "mac-")) and len("\u00e9".encode(name, "replace")) == 1


def _holds_utf_8(path: Path) -> bool:
    """Whether a file holds letters beyond ASCII, all of them in UTF-8. By chance that hardly ever happens, and a folder
    whose older files are cp1252 has newer ones that are not."""
    decoder, beyond_ascii = codecs.getincrementaldecoder("utf-8")(), False
    try:
        with path.open("rb") as data:
            while chunk := data.read(1 << 20):
                decoder.decode(chunk)
                beyond_ascii = beyond_ascii or not chunk.isascii()
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return beyond_ascii


def refuse_not_text(path: Path, encoding: str) -> None:
    """Raises Held for an empty file, for other formats by their first bytes, and for UTF-16 nobody has declared."""
    with path.open("rb") as data:
        head = data.read(4096)
    if not head:
        raise Held("empty file (0 bytes): expected at least a header line")
    for magic, advice in _MAGIC.items():
        if head.startswith(magic):
            raise Held(f"not text but {advice}")
    found = _utf16(head)
    if found and "16" not in encoding and "32" not in encoding:
        raise Held(
            f"text is {found}, expected {encoding}: declare `encoding: {found.lower()}` {_WHERE}, or save it as UTF-8"
        )


def _utf16(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    if head[1::2].count(0) > len(head) * 0.3:
        return "UTF-16-LE"
    return "UTF-16-BE" if head[0::2].count(0) > len(head) * 0.3 else None


def csv_reader(text: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Python's reader in strict mode; its `line_num` counts the lines it took."""
    csv.field_size_limit(_PARSER_LIMIT)
    return csv.reader(text, delimiter=delimiter, quotechar='"', doublequote=True, strict=True)


def header_of(reader: Iterator[list[str]], path: Path, delimiter: str) -> list[str]:
    """The first record that is not blank; raises Held where it is none, or for another delimiter."""
    try:
        header = next((row for row in reader if row), None)
    except UnicodeDecodeError as error:
        raise _undecodable(error, path) from None
    except csv.Error as error:
        _refuse_delimiter(_quoted_otherwise(path, delimiter), delimiter)
        raise Held(f"line 1: the header cannot be read ({error})") from None
    if header is None:
        raise Held("no header line: the file holds blank lines only")
    if len(header) > _MOST_COLUMNS:
        raise Held(f"{len(header):,} columns, expected at most {_MOST_COLUMNS:,}: export the fields that are needed")
    _refuse_delimiter(_other_delimiter(header, delimiter), delimiter)
    return [name.strip().lstrip("\ufeff") for name in header]


def _refuse_delimiter(found: str | None, delimiter: str) -> None:
    if found:
        raise Held(
            f"expected {DELIMITERS.get(delimiter, repr(delimiter))} between columns, found {DELIMITERS[found]}: export "
            "it again, or map it under `sources:` in icp.yaml with its `delimiter`"
        )


def _quoted_otherwise(path: Path, delimiter: str) -> str | None:
    """The delimiter that takes a header apart which another one cannot: after a closing quote only one may follow."""
    with path.open("rb") as data:
        line = data.readline(1 << 20).decode("utf-8-sig", "replace")
    for other in DELIMITERS:
        with contextlib.suppress(csv.Error):
            if other != delimiter and len(next(csv_reader([line], other), [])) > 1:
                return other
    return None


def _other_delimiter(header: list[str], delimiter: str) -> str | None:
    joined = delimiter.join(header)
    counts = {other: joined.count(other) for other in DELIMITERS if other != delimiter}
    other = max(counts, key=lambda name: counts[name])
    return other if counts[other] >= 1 and counts[other] >= len(header) else None


def _undecodable(error: UnicodeDecodeError, path: Path) -> Held:
    return Held(
        f"line {_first_bad_line(path, error.encoding)}: bytes that are not {error.encoding.upper()}; the file is "
        f"probably cp1252 (Windows). Declare `encoding: cp1252` {_WHERE}, or save it as UTF-8"
    )


def _first_bad_line(path: Path, encoding: str) -> int:
    """The text layer decodes ahead, so the error itself does not know its line."""
    number = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return number


def collect(
    reader: Iterator[list[str]],
    table: Collector,
    path: Path,
    before: int = 0,
    enough: Callable[[], bool] = lambda: False,
) -> int:
    """Add the reader's records, `before` lines into the file, until there is `enough`; returns the lines passed."""
    start = reader.line_num + 1  # type: ignore[attr-defined]
    while not enough():
        try:
            row = next(reader, None)
            if row is None:
                break
            table.add(row, before + start)
        except UnicodeDecodeError as error:
            raise _undecodable(error, path) from None
        except csv.Error as error:
            _refuse_lost(error, before + start, before + reader.line_num)  # type: ignore[attr-defined]
            table.reject(before + start, "text after a closing quote: quotes inside a cell must be doubled")
        start = reader.line_num + 1  # type: ignore[attr-defined]
    return before + start - 1


def _refuse_lost(error: csv.Error, start: int, line: int) -> None:
    """Raises Held unless the broken record ends with its line."""
    if "unexpected end of data" in str(error) or "field limit" in str(error):
        raise Held(f"a quote opened in the record of line {start} is never closed: the rest is lost") from None
    if line > start:
        # Where the next record begins is anyone's guess: it may be inside this one.
        raise Held(
            f"a quote opened in the record of line {start} is closed in line {line}, in the middle "
            "of a cell: quotes inside a cell must be doubled, and each that opens must close"
        ) from None


class Collector:
    """Gathers wanted cells in chunks, so that memory follows the wanted columns and not the file."""

    def __init__(self, wanted: list[int], width: int) -> None:
        self._wanted = wanted
        self._width = width
        # itemgetter gives a bare cell for a single index: ask for it twice.
        self._take: Callable[[list[str]], tuple[str, ...]] = itemgetter(*(wanted or [0]), (wanted or [0])[0])
        self._rows: list[tuple[str, ...]] = []
        self._lines: list[int] = []
        self._chunks: dict[int, list[pa.Array]] = {index: [] for index in wanted}
        self._rejected: list[tuple[int, str | None, str]] = []

    def add(self, row: list[str], line: int) -> None:
        """Keep a record, or reject it for the number of its cells."""
        if len(row) != self._width:
            if not row:
                return
            if len(row) < self._width or any(row[self._width :]):
                self.reject(line, f"{len(row)} cells, expected {self._width}")
                return
        self._rows.append(self._take(row))
        self._lines.append(line)
        if len(self._rows) >= _CHUNK:
            self._flush()

    def reject(self, line: int, reason: str) -> None:
        """Count a record that is not kept."""
        self._rejected.append((line, None, reason))

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
        """Everything gathered."""
        if self._rows:
            self._flush()
        columns = {
            index: pa.chunked_array(chunks, pa.string()).combine_chunks() for index, chunks in self._chunks.items()
        }
        return RawTable(columns, np.array(self._lines, dtype=np.int64), self._rejected)
