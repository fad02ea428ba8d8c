"""Large files in parts, so that several readers can work on one of them and none has to hold all of it.

A part begins and ends with whole records. Where that is not certain until it is read, its reader raises `SplitRecord`
at the end, and the file is read as a whole. The lines before a part are counted first: what is said about a part names
the lines of the file.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

# A larger file is read in parts of an eighth of this.
SPLIT_ABOVE = 2 * 1024**3
# Fits into the processor's cache.
_CHUNK = 1 << 20
_NEWLINE, _RETURN = b"\n\r"


class SplitRecord(Exception):
    """No record ends where a part does."""


@dataclass(frozen=True)
class FilePart:
    """A range of bytes, or of the row groups of a Parquet file; `before` is how many lines (or rows) precede it."""

    start: int
    end: int
    before: int


def lines_before(part: FilePart | None) -> int:
    """How many lines or rows precede a part; 0 if it is the whole file."""
    return part.before if part else 0


def is_large(size: int) -> bool:
    """Whether a file of so many bytes is to be read in parts."""
    return size > SPLIT_ABOVE


def part_size() -> int:
    """About how many bytes a part has."""
    return max(1, SPLIT_ABOVE // 8)


def places_to_split(path: Path) -> range:
    """About where the parts of a file should begin, except the first."""
    return range(part_size(), path.stat().st_size, part_size())


def parts_between(path: Path, bounds: Iterable[int], lone_returns: bool) -> list[FilePart]:
    """The parts of a file of text that begin at these places and at its start; none if nothing splits it.

    `lone_returns`: whether a carriage return without a line feed ends a line, too.
    """
    size = path.stat().st_size
    edges = [0, *sorted({bound for bound in bounds if bound < size})]
    if len(edges) == 1:
        return []
    with path.open("rb", buffering=0) as data:
        lines = [_lines(data, start, end, lone_returns) for start, end in itertools.pairwise(edges)]
    before = itertools.accumulate(lines, initial=0)
    return list(map(FilePart, edges, [*edges[1:], size], before))


def line_parts(path: Path) -> list[FilePart]:
    """The parts of a file in which each line is a record."""
    with path.open("rb") as data:
        return parts_between(path, [_next_line(data, place) for place in places_to_split(path)], lone_returns=False)


def _next_line(data: BinaryIO, place: int) -> int:
    data.seek(place)
    while chunk := data.readline(_CHUNK):
        if chunk.endswith(b"\n"):
            break
    return data.tell()


def _lines(data: BinaryIO, start: int, end: int, lone_returns: bool) -> int:
    """How many lines end in a range that ends with a line feed."""
    data.seek(start)
    lines, after = 0, b""
    while start < end and (chunk := data.read(min(_CHUNK, end - start))):
        start += len(chunk)
        marks = np.frombuffer(chunk, dtype=np.uint8)
        lines += int(np.count_nonzero(marks == _NEWLINE))
        if lone_returns and (after or b"\r" in chunk):
            lines += _lone_returns(np.frombuffer(after + chunk, dtype=np.uint8))
            after = b"\r" if chunk.endswith(b"\r") else b""
    return lines


def _lone_returns(marks: np.ndarray) -> int:
    """Carriage returns that another character than a line feed follows; that of the last one is not known yet."""
    return int(np.count_nonzero((marks[:-1] == _RETURN) & (marks[1:] != _NEWLINE)))


@contextmanager
def cut_out(path: Path, part: FilePart, folder: Path) -> Iterator[Path]:
    """The bytes of a part as a file in its own folder, which is deleted afterwards."""
    room = folder / "part"
    room.mkdir()
    try:
        target = room / path.name
        with path.open("rb") as data, target.open("wb") as piece:
            data.seek(part.start)
            left = part.end - part.start
            while left and (chunk := data.read(min(_CHUNK, left))):
                piece.write(chunk)
                left -= len(chunk)
        yield target
    finally:
        shutil.rmtree(room)
