"""Delimited text, block by block: what is plainly well formed is parsed in bulk, the rest record by record.

A block is parsed in bulk only where nothing in it can be understood in two ways: UTF-8, no lone carriage return, every
quote at the edge of its cell or doubled, as many cells in each row as in the header. There both parsers give the same
rows and lines. Any doubt sends a stretch of the block to the exact reader, which says which line and why; with the
record after it, bulk parsing goes on.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from icp_pipeline.sources.delimited import (
    BIGGEST_CELL,
    DELIMITERS,
    Collector,
    RawTable,
    collect,
    csv_reader,
    header_of,
    is_utf_8,
    read_one_by_one,
    refuse_not_text,
)

_BLOCK = 1 << 24
# A block that is not clean is tried again in stretches of this size, so that one bad row costs the others little.
_STRETCH = 1 << 16
# What the parser goes over at once stays in the processor's cache.
_PARSED_AT_ONCE = 1 << 18
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'


def read_rows(path: Path, encoding: str, delimiter: str, wanted: Sequence[int]) -> RawTable:
    """Read the wanted columns. Rows with a wrong number of cells are rejected; a quote left open holds the file."""
    return _joined(list(read_batches(path, encoding, delimiter, wanted)))


def read_batches(path: Path, encoding: str, delimiter: str, wanted: Sequence[int]) -> Iterator[RawTable]:
    """The same in parts of about 16 MB of text, in the order of the file; at least one."""
    refuse_not_text(path, encoding)
    if delimiter not in DELIMITERS or not is_utf_8(path, encoding):
        yield read_one_by_one(path, encoding, delimiter, wanted)
        return
    with path.open("rb") as file:
        yield from _Blocks(_Text(file), path, delimiter, sorted(set(wanted))).batches()


def _joined(parts: Sequence[RawTable]) -> RawTable:
    if len(parts) == 1:
        return parts[0]
    columns = {
        place: pa.chunked_array([part.columns[place] for part in parts], pa.string()).combine_chunks()
        for place in parts[0].columns
    }
    lines = np.concatenate([part.lines for part in parts])
    return RawTable(columns, lines, [reject for part in parts for reject in part.rejected])


class _Text:
    """A file's bytes from the next unread record on."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._held = b""
        self._at = 0
        self.passed = 0

    def look(self, size: int) -> bytes:
        """The next bytes: so many of them, fewer only at the end of the file."""
        self._hold(size)
        return self._held[self._at : self._at + size]

    def skip(self, size: int) -> None:
        """Leave these bytes behind."""
        self._at += size
        self.passed += size

    def lines(self) -> Iterator[str]:
        """The next lines with their ends, each left behind as it is taken; raises UnicodeDecodeError."""
        while end := self._line_end():
            line = self._held[self._at : end]
            self.skip(len(line))
            yield line.decode()

    def _hold(self, size: int) -> bool:
        """Have so many bytes at hand; False when the file has no more than that."""
        missing = size - (len(self._held) - self._at)
        more = self._file.read(missing) if missing > 0 else b""
        if more:
            self._held, self._at = self._held[self._at :] + more, 0
        return len(more) == missing or missing <= 0

    def _line_end(self) -> int:
        """Where the next line ends; 0 at the end of the file."""
        size = _STRETCH
        while True:
            goes_on = self._hold(size)
            found = self._found_end()
            if found:
                return found
            if not goes_on:
                return len(self._held) if len(self._held) > self._at else 0
            size *= 2

    def _found_end(self) -> int:
        newline = self._held.find(b"\n", self._at)
        lone = self._held.find(b"\r", self._at, newline if newline >= 0 else len(self._held))
        if lone < 0:
            return newline + 1
        if lone + 1 == len(self._held):
            # Whether a line feed follows is not known yet.
            return 0
        return lone + 2 if self._held[lone + 1] == _NEWLINE else lone + 1


class _Blocks:
    """The records of one file, in bulk and one by one."""

    def __init__(self, text: _Text, path: Path, delimiter: str, wanted: list[int]) -> None:
        self._text = text
        self._path = path
        self._delimiter = delimiter
        if text.look(3) == codecs.BOM_UTF8:
            text.skip(3)
        reader = csv_reader(text.lines(), delimiter)
        self._width = len(header_of(reader, path, delimiter))
        self._lines: int = reader.line_num  # type: ignore[attr-defined]
        self._wanted = wanted
        self._parse = _Parser(self._width, delimiter, wanted)

    def batches(self) -> Iterator[RawTable]:
        """Every record, a block at a time."""
        is_first = True
        while self._text.look(1) or is_first:
            is_first = False
            yield self._in_bulk(_BLOCK) or _joined(list(self._in_stretches(self._text.passed + _BLOCK)))

    def _in_stretches(self, end: int) -> Iterator[RawTable]:
        while True:
            yield self._in_bulk(_STRETCH) or self._one_by_one()
            if self._text.passed >= end or not self._text.look(1):
                return

    def _in_bulk(self, size: int) -> RawTable | None:
        """The whole records of the next bytes; None, with nothing left behind, unless they are clean."""
        block = self._text.look(size)
        records = _Records(block, len(block) < size, self._delimiter)
        columns = self._parse.columns(records) if records.are_clean else None
        if columns is None:
            return None
        lines = records.lines(len(columns[0])) + self._lines + 1
        self._text.skip(records.size)
        self._lines += records.lines_passed(len(lines))
        return RawTable({place: columns[at] for at, place in enumerate(self._wanted)}, lines)

    def _one_by_one(self) -> RawTable:
        """The records of about one stretch, from the exact reader."""
        end = self._text.passed + _STRETCH
        table = Collector(self._wanted, self._width)
        reader = csv_reader(self._text.lines(), self._delimiter)
        self._lines = collect(reader, table, self._path, self._lines, lambda: self._text.passed >= end)
        return table.finish()


@dataclass(frozen=True)
class _Records:
    """The whole records at the beginning of a block of text that begins with a record."""

    block: bytes
    is_last: bool
    delimiter: str

    @cached_property
    def size(self) -> int:
        """How many bytes of the block they fill."""
        if self.is_last:
            return len(self.block)
        if self._quotes is None:
            return self.block.rfind(b"\n") + 1
        return int(self._ends[-1]) + 1 if len(self._ends) else 0

    @cached_property
    def text(self) -> bytes:
        """Their bytes."""
        return self.block[: self.size]

    @property
    def are_clean(self) -> bool:
        """Whether nothing about them can be understood in two ways, but for the number of cells in a row."""
        text = self.text
        if not text or text.startswith(codecs.BOM_UTF8) or (b"\r" in text and text.count(b"\r") != text.count(b"\r\n")):
            return False
        return _is_utf8(text) and (self._quotes is None or self._are_quotes_clean(self._quotes))

    def lines(self, rows: int) -> np.ndarray:
        """The line that each of so many records starts on, from 0."""
        if self._quotes is None:
            return np.arange(rows, dtype=np.int64)
        starts = np.append(0, self._ends + 1)
        return np.searchsorted(self._newlines, starts[starts < self.size])

    def lines_passed(self, rows: int) -> int:
        """How many lines so many records fill."""
        if self._quotes is None:
            return rows
        return int(np.searchsorted(self._newlines, self.size)) + (not self.text.endswith(b"\n"))

    @cached_property
    def _marks(self) -> np.ndarray:
        return np.frombuffer(self.block, dtype=np.uint8)

    @cached_property
    def _quotes(self) -> np.ndarray | None:
        return np.flatnonzero(self._marks == _QUOTE) if b'"' in self.block else None

    @cached_property
    def _newlines(self) -> np.ndarray:
        return np.flatnonzero(self._marks == _NEWLINE)

    @cached_property
    def _ends(self) -> np.ndarray:
        """Line ends outside of quotes: an even number of quotes stands before them."""
        return self._newlines[np.searchsorted(self._quotes, self._newlines) % 2 == 0]  # type: ignore[arg-type]

    def _are_quotes_clean(self, quotes: np.ndarray) -> bool:
        """Whether each opens a cell, closes it, or is doubled inside one."""
        inside = quotes[quotes < self.size]
        if len(inside) % 2:
            return False
        opening, closing = inside[::2], inside[1::2]
        edges = (ord(self.delimiter), _NEWLINE, _QUOTE)
        before = self._marks[opening[opening > 0] - 1]
        after = self._marks[closing[closing + 1 < self.size] + 1]
        return bool(np.isin(before, edges).all() and np.isin(after, (*edges, _RETURN)).all())


def _is_utf8(text: bytes) -> bool:
    try:
        return text.isascii() or bool(text.decode())
    except UnicodeDecodeError:
        return False


class _Parser:
    """Arrow's parser, told what a file looks like."""

    def __init__(self, width: int, delimiter: str, wanted: list[int]) -> None:
        self._width = width
        # No name at all would ask for every column.
        names = [str(place) for place in wanted or [0]]
        self._read = arrow_csv.ReadOptions(
            use_threads=False, block_size=_PARSED_AT_ONCE, column_names=[str(place) for place in range(width)]
        )
        self._quoted = arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False)
        self._plain = arrow_csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False)
        self._convert = arrow_csv.ConvertOptions(
            check_utf8=False,
            include_columns=names,
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
        )

    def columns(self, records: _Records) -> list[pa.Array] | None:
        """The wanted cells; None where a row may be no record, have another width, or a cell that is too long."""
        text = records.text
        parse = self._quoted if b'"' in text else self._plain
        try:
            table = arrow_csv.read_csv(pa.BufferReader(text), self._read, parse, self._convert)
        except pa.ArrowInvalid:
            return None
        columns = [_in_one(column) for column in table.columns]
        lengths = [_lengths(column) for column in columns]
        # A blank line, which is no record, comes back as a row of empty cells.
        is_empty = np.logical_and.reduce([length == 0 for length in lengths])
        is_long = max(int(length.max(initial=0)) for length in lengths) > BIGGEST_CELL
        return None if is_long or is_empty.any() else columns


def _in_one(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found


def _lengths(column: pa.Array) -> np.ndarray:
    """The bytes of each cell."""
    return np.diff(np.frombuffer(column.buffers()[1], dtype=np.int32)[column.offset : column.offset + len(column) + 1])
