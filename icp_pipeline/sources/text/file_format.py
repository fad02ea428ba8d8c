"""What a file shows of its own format before it is read: encoding, a `sep=` line, delimiter, header line.

Declared values count, and certain ones are used: the only delimiter that gives a known header, an
encoding that the file's first bytes name. Anything else that does not fit blocks the file, with the likely cause.
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from icp_pipeline.sources.declared.plan import FileFormat
from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.text.delimited import (
    DELIMITERS,
    CsvReader,
    backslash_message,
    delimiter_of,
    lines_to_parse,
    read_header,
    refuse_not_text,
    skip_above,
)
from icp_pipeline.sources.text.encodings import encoding_found, lines_encoded_twice
from icp_pipeline.sources.text.file_notes import FileNotes
from icp_pipeline.sources.text.parquet_text import is_parquet

# Whether a header is one of the expected ones.
Fits = Callable[[list[str]], bool]
# Excel's own first line; a program in between may have quoted it or padded it with delimiters.
_SEP = re.compile(r'\ufeff?"?sep=(\\t|[^"\r\n])"?[,;\t|]*\r?\n?', re.IGNORECASE)
# There are only a few title lines above a header.
_SEARCHED_LINES = 30
_SAMPLE = 1 << 20


def format_found(path: Path, declared: FileFormat, fits: Fits, where: str, notes: FileNotes) -> FileFormat:
    """How to read a file; `where` is the place in icp.yaml that declares it. Raises Held."""
    if is_parquet(path):
        # Its numbers and dates have types.
        return replace(declared, decimal=".", date_order="ymd", header_line=None)
    found = replace(declared, encoding=encoding_found(path, declared.encoding))
    refuse_not_text(path, found.encoding)
    sample = _sample(path, found.encoding)
    found = _with_sep_line(found, sample, where)
    if found.delimiter is None:
        found = _with_delimiter(path, found, fits)
    _refuse_title_lines(path, found, fits, sample, where)
    if found.encoding == "utf-8":
        notes.add("ENCODED_TWICE", lines_encoded_twice(sample))
    return _with_escape(path, found, sample)


def holds_header(path: Path, declared: FileFormat, fits: Fits) -> bool:
    """Whether one of a file's first lines is an expected header, whatever separates its columns."""
    if is_parquet(path):
        return True
    encoding = declared.encoding
    with contextlib.suppress(Held):
        encoding = encoding_found(path, encoding)
    first = itertools.islice(_lines(_sample(path, encoding)), _SEARCHED_LINES)
    return any(fits(_cells(line, delimiter)) for line in first for delimiter in DELIMITERS)


def _sample(path: Path, encoding: str) -> str:
    """The start of the text; what cannot be decoded is reported when it is read."""
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        return text.read(_SAMPLE)


def _lines(text: str) -> Iterator[str]:
    return io.StringIO(text, newline="")


def _with_sep_line(declared: FileFormat, sample: str, where: str) -> FileFormat:
    match = _SEP.fullmatch(next(_lines(sample), ""))
    if not match:
        return declared
    delimiter = "\t" if match[1] == "\\t" else match[1]
    if declared.delimiter not in (None, delimiter):
        raise Held(
            f"line 1 says `sep={match[1]}`, but `delimiter: {declared.delimiter!r}` is declared {where}: correct the "
            "one that is wrong"
        )
    return replace(declared, delimiter=delimiter, header_line=declared.header_line or 2)


def _with_delimiter(path: Path, declared: FileFormat, fits: Fits) -> FileFormat:
    """The only delimiter that gives a known header; else the one that splits it."""
    if fits(_header(path, declared)):
        return declared
    headers = {delimiter: _header(path, replace(declared, delimiter=delimiter)) for delimiter in DELIMITERS}
    fitting = [delimiter for delimiter, header in headers.items() if fits(header)]
    if len(fitting) == 1:
        return replace(declared, delimiter=fitting[0])
    # No header is known either way: the file's author names its columns.
    widest = max(headers, key=lambda delimiter: len(headers[delimiter]))
    return replace(declared, delimiter=widest) if not fitting and headers[widest] else declared


def _header(path: Path, declared: FileFormat) -> list[str]:
    try:
        return read_header(path, declared)
    except Held:
        return []


def _refuse_title_lines(path: Path, declared: FileFormat, fits: Fits, sample: str, where: str) -> None:
    """Raises Held if one of the other first lines is a known header."""
    if fits(_header(path, declared)):
        return
    delimiters = {delimiter_of(declared), *DELIMITERS}
    for number, line in zip(range(1, _SEARCHED_LINES + 1), _lines(sample), strict=False):
        if number != (declared.header_line or 1) and any(fits(_cells(line, delimiter)) for delimiter in delimiters):
            raise Held(
                f"the header seems to be in line {number}, not in line {declared.header_line or 1}: set "
                f"`header_line: {number}` {where}"
            )


def _cells(line: str, delimiter: str) -> list[str]:
    with contextlib.suppress(csv.Error):
        return [cell.strip().lstrip("\ufeff") for cell in next(csv.reader([line], delimiter=delimiter), [])]
    return []


def _with_escape(path: Path, declared: FileFormat, sample: str) -> FileFormat:
    """Backslashes before quotes, if the file can only be read with them; raises Held if neither way works."""
    if '\\"' not in sample:
        return declared
    doubled = _first_fault(_lines(sample), declared, path, "only backslashes", len(sample) == _SAMPLE)
    if doubled is None:
        return declared
    escaped = replace(declared, escape="\\")
    with path.open(encoding="utf-8-sig" if declared.encoding == "utf-8" else declared.encoding, newline="") as text:
        fault = _first_fault(text, escaped, path)
    if fault is None:
        return escaped
    # A cell may end in a backslash; backslashes do not explain a short row.
    if doubled.is_short:
        return declared
    raise Held(backslash_message(doubled.line))


@dataclass(frozen=True)
class _Fault:
    """A record that cannot be read, or has another number of cells than the header."""

    line: int
    is_short: bool = False


def _first_fault(
    text: Iterable[str], declared: FileFormat, path: Path, only: str = "", is_cut: bool = False
) -> _Fault | None:
    """The first record unlike the header; `only` checks just those that hold a backslash and a quote."""
    lines = iter(text)
    above = skip_above(lines, declared, path)
    reader = CsvReader(lines_to_parse(lines, declared), delimiter_of(declared))
    width, start = 0, 1
    while True:
        try:
            row = next(reader, None)
        except (csv.Error, UnicodeDecodeError) as error:
            if is_cut and "unexpected end" in str(error):
                return None
            if not only or '\\"' in reader.record:
                return _Fault(above + start)
            row = []
        if row is None:
            return None
        width = width or len(row)
        if row and len(row) != width and (not only or '\\"' in reader.record):
            return _Fault(above + start, is_short=len(row) < width)
        start = reader.line_num + 1
