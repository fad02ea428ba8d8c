"""The bytes of a text file from the next unread record on, and the whole records at their start."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

import numpy as np
import pyarrow as pa

_LINE = 1 << 16
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'


class Text:
    """The unread part of a file. One buffer is refilled again and again: keep nothing of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        self._held = bytearray()
        self._at = 0
        self._end = 0
        self.passed = 0

    @property
    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        return not self._hold(1)

    def records(self, size: int, delimiter: str) -> Records:
        """The whole records in the next bytes, which must start with a record."""
        is_last = not self._hold(size)
        return Records(self._held, self._at, min(self._end, self._at + size), is_last, delimiter)

    def skip(self, size: int) -> None:
        """Skip these bytes."""
        self._at += size
        self.passed += size

    def skip_line(self, most: int) -> bool:
        """Skip to the next line feed; False, with nothing skipped, if it is further away."""
        self._hold(most)
        end = self._held.find(b"\n", self._at, min(self._end, self._at + most)) + 1
        if end:
            self.skip(end - self._at)
        return end > 0

    def move_to(self, place: int) -> None:
        """Go on from this place in the file."""
        self._file.seek(place)
        self._at = self._end = 0
        self.passed = place

    def skip_mark(self) -> None:
        """Skip a byte-order mark, if there is one."""
        self._hold(len(codecs.BOM_UTF8))
        if self._held.startswith(codecs.BOM_UTF8, self._at):
            self.skip(len(codecs.BOM_UTF8))

    def lines(self) -> Iterator[str]:
        """The next lines with their ends, each consumed as it is taken; raises UnicodeDecodeError."""
        while end := self._line_end():
            line = self._held[self._at : end]
            self.skip(len(line))
            yield line.decode()

    def _hold(self, size: int) -> bool:
        """Buffer this many bytes; False if there are fewer."""
        missing = size - (self._end - self._at)
        if missing <= 0:
            return True
        if self._at + size > len(self._held):
            self._make_room(size)
        read = self._file.readinto(memoryview(self._held)[self._end : self._end + missing])  # type: ignore[attr-defined]
        self._end += read
        return bool(read == missing)

    def _make_room(self, size: int) -> None:
        rest = self._held[self._at : self._end]
        # A small file never has more; one extra byte shows where it ends.
        size = min(size, len(rest) + self._size - self._file.tell() + 1)
        if size > len(self._held):
            self._held = bytearray(size)
        self._held[: len(rest)] = rest
        self._at, self._end = 0, len(rest)

    def _line_end(self) -> int:
        """Where the next line ends; 0 at the end of the file."""
        size = _LINE
        while True:
            goes_on = self._hold(size)
            found = self._found_end()
            if found:
                return found
            if not goes_on:
                return self._end if self._end > self._at else 0
            size *= 2

    def _found_end(self) -> int:
        newline = self._held.find(b"\n", self._at, self._end)
        lone = self._held.find(b"\r", self._at, newline if newline >= 0 else self._end)
        if lone < 0:
            return newline + 1
        if lone + 1 == self._end:
            # Whether a line feed follows is not known yet.
            return 0
        return lone + 2 if self._held[lone + 1] == _NEWLINE else lone + 1


@dataclass(frozen=True)
class Records:
    """The whole records at the start of `held[at:end]`; `is_last` if the file ends there."""

    held: bytearray
    at: int
    end: int
    is_last: bool
    delimiter: str

    @cached_property
    def size(self) -> int:
        """How many bytes they have."""
        if self.is_last:
            return self.end - self.at
        if self._quotes is None:
            return max(0, self.held.rfind(b"\n", self.at, self.end) + 1 - self.at)
        return int(self._ends[-1]) + 1 if len(self._ends) else 0

    @property
    def are_quoted(self) -> bool:
        """Whether there are quotes among them."""
        return self._quotes is not None

    @property
    def buffer(self) -> pa.Buffer:
        """Their bytes, not copied."""
        return pa.py_buffer(self.held).slice(self.at, self.size)

    @property
    def are_clean(self) -> bool:
        """Whether they are unambiguous, except for the number of cells in a row."""
        if self.size == 0 or self.held.startswith(codecs.BOM_UTF8, self.at) or self._has_lone_return():
            return False
        return self._is_utf8() and (self._quotes is None or self._are_quotes_clean(self._quotes))

    def lines(self, rows: int) -> np.ndarray:
        """The line that each of this many records starts on, from 0."""
        if self._quotes is None:
            return np.arange(rows, dtype=np.int64)
        starts = np.append(0, self._ends + 1)
        return np.searchsorted(self._newlines, starts[starts < self.size])

    def lines_passed(self, rows: int) -> int:
        """How many lines this many records have."""
        if self._quotes is None:
            return rows
        is_open = self._marks[self.size - 1] != _NEWLINE
        return int(np.searchsorted(self._newlines, self.size)) + int(is_open)

    @cached_property
    def _marks(self) -> np.ndarray:
        return np.frombuffer(self.held, dtype=np.uint8)[self.at : self.end]

    @cached_property
    def _quotes(self) -> np.ndarray | None:
        has_quotes = self.held.find(b'"', self.at, self.end) >= 0
        return np.flatnonzero(self._marks == _QUOTE) if has_quotes else None

    @cached_property
    def _newlines(self) -> np.ndarray:
        return np.flatnonzero(self._marks == _NEWLINE)

    @cached_property
    def _ends(self) -> np.ndarray:
        """Line ends outside of quotes: those with an even number of quotes before them."""
        return self._newlines[np.searchsorted(self._quotes, self._newlines) % 2 == 0]  # type: ignore[arg-type]

    def _has_lone_return(self) -> bool:
        end = self.at + self.size
        if self.held.find(b"\r", self.at, end) < 0:
            return False
        return self.held.count(b"\r", self.at, end) != self.held.count(b"\r\n", self.at, end)

    def _is_utf8(self) -> bool:
        if self._marks[: self.size].max() < 0x80:
            return True
        try:
            return bool(self.held[self.at : self.at + self.size].decode())
        except UnicodeDecodeError:
            return False

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
