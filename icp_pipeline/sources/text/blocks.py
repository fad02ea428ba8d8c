"""Delimited text, block by block: clearly well-formed text is parsed in bulk, the rest record by record.

A block is parsed in bulk only if it is unambiguous: UTF-8, no lone carriage return, every
quote at the edge of its cell or doubled, as many cells in each row as in the header. Then both parsers give the same
rows and lines. Any doubtful stretch of the block goes to the exact reader, which says which line and why; bulk
parsing resumes with the record after it.

A part of a large file is read in the same way from its start to its end. It starts where the records that follow are
clean, so nothing before it matters; if a record goes on beyond its end, the file cannot be split there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from icp_pipeline.sources.declared.plan import FileFormat
from icp_pipeline.sources.text.delimited import (
    DELIMITERS,
    Collector,
    CsvReader,
    collect,
    delimiter_of,
    header_of,
    named_width,
    read_one_by_one,
    refuse_not_text,
    skip_above,
)
from icp_pipeline.sources.text.encodings import is_utf_8
from icp_pipeline.sources.text.file_notes import FileNotes
from icp_pipeline.sources.text.file_parts import FilePart, SplitRecord, parts_between, places_to_split
from icp_pipeline.sources.text.parquet_text import is_parquet, read_parquet, row_group_parts
from icp_pipeline.sources.text.raw_table import RawTable
from icp_pipeline.sources.text.records import Records, Text

_BLOCK = 1 << 24
# A block that is not clean is tried again in stretches of this size, so that one bad row costs little.
_STRETCH = 1 << 16
# A chunk fits into the processor's cache. A row longer than two chunks is an error in bulk parsing, so cells that are
# too long always go to the exact reader.
_PARSED_AT_ONCE = 1 << 18
# A part of a file starts with as many clean bytes, searched for in the next so many.
_PROOF = 1 << 14
_SEARCHED = 1 << 18


def read_rows(
    path: Path,
    declared: FileFormat,
    wanted: Sequence[int],
    notes: FileNotes | None = None,
    part: FilePart | None = None,
) -> RawTable:
    """Read the wanted columns. Rows with a wrong number of cells are rejected; an unclosed quote blocks the file."""
    return _joined(list(read_batches(path, declared, wanted, notes, part)))


def read_batches(
    path: Path,
    declared: FileFormat,
    wanted: Sequence[int],
    notes: FileNotes | None = None,
    part: FilePart | None = None,
) -> Iterator[RawTable]:
    """The same in batches of about 16 MB of text, in file order; at least one.

    Of a part, if one is given; raises SplitRecord if it does not end with a record.
    """
    for batch in _batches(path, declared, wanted, part):
        if notes:
            notes.add("SHORT_ROWS", batch.padded)
        yield batch


def parts_of(path: Path, declared: FileFormat, wanted: Sequence[int]) -> Sequence[FilePart]:
    """The parts that `read_batches` can read separately; none if only the whole file can be read."""
    if is_parquet(path):
        return row_group_parts(path)
    if not _is_read_in_blocks(path, declared):
        return ()
    with path.open("rb") as file:
        text = _Blocks(Text(file), path, declared, sorted(set(wanted)))
        bounds = [text.start_after(place) for place in places_to_split(path)]
    return parts_between(path, [bound for bound in bounds if bound is not None], lone_returns=True)


def _batches(path: Path, declared: FileFormat, wanted: Sequence[int], part: FilePart | None) -> Iterator[RawTable]:
    if is_parquet(path):
        yield read_parquet(path, wanted, part)
        return
    refuse_not_text(path, declared.encoding)
    if not _is_read_in_blocks(path, declared):
        yield read_one_by_one(path, declared, wanted)
        return
    with path.open("rb") as file:
        yield from _Blocks(Text(file), path, declared, sorted(set(wanted)), part).batches()


def _is_read_in_blocks(path: Path, declared: FileFormat) -> bool:
    return not declared.escape and delimiter_of(declared) in DELIMITERS and is_utf_8(path, declared.encoding)


def _joined(parts: Sequence[RawTable]) -> RawTable:
    if len(parts) == 1:
        return parts[0]
    columns = {
        place: pa.chunked_array([part.columns[place] for part in parts], pa.string()).combine_chunks()
        for place in parts[0].columns
    }
    lines = np.concatenate([part.lines for part in parts])
    rejected = [reject for part in parts for reject in part.rejected]
    return RawTable(columns, lines, rejected, [line for part in parts for line in part.padded])


class _Blocks:
    """The records of one file, or of a part of it, in bulk and one by one."""

    def __init__(
        self, text: Text, path: Path, declared: FileFormat, wanted: list[int], part: FilePart | None = None
    ) -> None:
        self._text = text
        self._path = path
        self._delimiter = delimiter_of(declared)
        text.skip_mark()
        lines = text.lines()
        above = skip_above(lines, declared, path)
        reader = CsvReader(lines, self._delimiter)
        self._header = header_of(reader, path, self._delimiter)
        self._declared = declared
        self._lines: int = above + reader.line_num
        self._wanted = wanted
        self._ended_bad = False
        self._end = part.end if part else sys.maxsize
        if part and part.start:
            text.move_to(part.start)
            self._lines = part.before
        # A header may end in columns without a name, which rows may leave out.
        widths = sorted({len(self._header), named_width(self._header)}, reverse=True)
        self._parsers = [_Parser(width, self._delimiter, wanted) for width in widths if max(wanted, default=0) < width]

    def batches(self) -> Iterator[RawTable]:
        """Every record, a block at a time; raises SplitRecord."""
        while True:
            yield self._in_bulk(_BLOCK) or _joined(list(self._in_stretches(self._text.passed + _BLOCK)))
            if self._is_at_end:
                break
        if self._text.passed > self._end:
            raise SplitRecord

    def start_after(self, place: int) -> int | None:
        """Where the next record starts, as far as the clean records from there on show; None if that is unclear."""
        self._text.move_to(place)
        while self._text.passed < place + _SEARCHED and self._text.skip_line(_SEARCHED):
            records = self._text.records(_PROOF, self._delimiter)
            if records.are_clean and self._parsed(records) is not None:
                return self._text.passed
        return None

    @property
    def _is_at_end(self) -> bool:
        return self._text.passed >= self._end or self._text.is_at_end

    def _in_stretches(self, end: int) -> Iterator[RawTable]:
        while True:
            yield self._in_bulk(_STRETCH) or self._one_by_one()
            if self._text.passed >= end or self._is_at_end:
                return

    def _in_bulk(self, size: int) -> RawTable | None:
        """The whole records in the next bytes; None, with nothing consumed, unless they are clean."""
        records = self._text.records(min(size, self._end - self._text.passed), self._delimiter)
        columns = self._parsed(records) if records.are_clean else None
        if columns is None:
            return None
        self._ended_bad = False
        lines = records.lines(len(columns[0])) + self._lines + 1
        self._text.skip(records.size)
        self._lines += records.lines_passed(len(lines))
        return RawTable({place: columns[at] for at, place in enumerate(self._wanted)}, lines)

    def _parsed(self, records: Records) -> list[pa.Array] | None:
        return next((found for parser in self._parsers if (found := parser.columns(records)) is not None), None)

    def _one_by_one(self) -> RawTable:
        """The records of about one stretch, from the exact reader."""
        end = min(self._end, self._text.passed + _STRETCH)
        table = Collector(self._wanted, self._header, self._path, self._declared, self._ended_bad)
        reader = CsvReader(self._text.lines(), self._delimiter)
        self._lines = collect(reader, table, self._path, self._lines, lambda: self._text.passed >= end)
        part = table.finish()
        self._ended_bad = table.ended_bad
        return part


class _Parser:
    """Arrow's parser, configured for this file."""

    def __init__(self, width: int, delimiter: str, wanted: list[int]) -> None:
        self._width = width
        # An empty list would ask for every column.
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

    def columns(self, records: Records) -> list[pa.Array] | None:
        """The wanted cells; None if a row may not be a record, has another width, or a cell that is too long."""
        parse = self._quoted if records.are_quoted else self._plain
        try:
            table = arrow_csv.read_csv(pa.BufferReader(records.buffer), self._read, parse, self._convert)
        except pa.ArrowInvalid:
            return None
        columns = [_in_one(column) for column in table.columns]
        # A blank line, which is not a record, comes back as a row of empty cells.
        is_empty = np.logical_and.reduce([_lengths(column) == 0 for column in columns])
        return None if is_empty.any() else columns


def _in_one(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found


def _lengths(column: pa.Array) -> np.ndarray:
    """The bytes of each cell."""
    return np.diff(np.frombuffer(column.buffers()[1], dtype=np.int32)[column.offset : column.offset + len(column) + 1])
