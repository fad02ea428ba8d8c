"""Text that is read in blocks gives the records, lines and reasons of the exact reader, however it is damaged."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from icp_pipeline.sources.declared.plan import FileFormat
from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.text import blocks
from icp_pipeline.sources.text.blocks import read_rows
from icp_pipeline.sources.text.delimited import BIGGEST_CELL, RawTable, read_one_by_one

_FUZZ = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_WANTED = (0, 2)
_HEADER = b"id,name,note\n"


def outcome(
    read: Any, path: Path, delimiter: str = ",", wanted: tuple[int, ...] = _WANTED, header_line: int | None = None
) -> object:
    """Everything that a reader reports about a file."""
    try:
        raw: RawTable = read(path, FileFormat(delimiter=delimiter, header_line=header_line), wanted)
    except Held as held:
        # If a file has two faults that block it, either may be reported.
        return "held: no UTF-8" if not _is_utf8(path.read_bytes()) else str(held)
    columns = {place: column.to_pylist() for place, column in raw.columns.items()}
    return columns, raw.lines.tolist(), sorted(raw.rejected, key=str)


def _is_utf8(content: bytes) -> bool:
    try:
        return bool(content.decode()) or True
    except UnicodeDecodeError:
        return False


@pytest.fixture(params=[(5, 3), (64, 16), (1 << 24, 1 << 16)], ids=["tiny blocks", "small blocks", "usual blocks"])
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """Blocks that end anywhere, even inside a cell or between the two characters of a line end."""
    monkeypatch.setattr(blocks, "_BLOCK", request.param[0])
    monkeypatch.setattr(blocks, "_STRETCH", request.param[1])
    yield request.param


_ALPHABET = st.sampled_from(
    [
        *(b"a", b"b", b"7", b",", b",", b",", b'"', b'""', b"\n", b"\n", b"\r\n", b"\r", b" ", b";", b"\x00", b"\x0b"),
        *(b"\xc3\xa9", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff", b"a,b,c\n", b'"a","b","c"\r\n', b'"a\nb",,"""c"""\n'),
    ]
)


@given(parts=st.lists(_ALPHABET, max_size=30))
@example(parts=[b"a,b,c\n", b"\n", b"a,b,c\n"]).via("a blank line")
@example(parts=[b"a,b,c\n", b"\xef\xbb\xbf", b"a,b,c\n"]).via("a byte-order mark inside the file")
@example(parts=[b"a,b,c\n", b'"a"x,b,c\n', b"a,b,c\n"]).via("text after a closing quote")
@example(parts=[b"a,b,c\n", b'a,b"b,c\n', b'a,b,"c\n"\n']).via("a quote inside a bare cell")
@example(parts=[b"a,b,c,\n", b"a,b,c\n", b"a,b,c,d\n", b"a,b\n"]).via("more and fewer cells")
@example(parts=[b"a,b,c\r", b"a,b,c\r\n", b"a,b,c\n"]).via("three kinds of line end")
@example(parts=[b'"a",b,c\r', b"a,b,c\r", b"a,b,c\n"]).via("lone returns between quoted records")
@example(parts=[b'"a\rb",b,c\n', b"a,b,c\n"]).via("a lone return inside a cell is a line")
@example(parts=[b"a,b,c\n", b'"a,b,c\n', b"a,b,c"]).via("a quote that is never closed")
@example(parts=[b"a,b,c\n", b"a,\xff,c\n"]).via("a column that nobody wants is not UTF-8")
@example(parts=[]).via("nothing but a header")
@_FUZZ
def test_whatever_the_bytes_both_readers_say_the_same(tmp_path: Path, sizes: object, parts: list[bytes]) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(_HEADER + b"".join(parts))
    assert outcome(read_rows, path) == outcome(read_one_by_one, path)


@given(above=st.lists(_ALPHABET, max_size=6), parts=st.lists(_ALPHABET, max_size=12), line=st.integers(1, 4))
@_FUZZ
def test_a_header_further_down_is_read_alike(
    tmp_path: Path, sizes: object, above: list[bytes], parts: list[bytes], line: int
) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"".join(above) + b"\n" + _HEADER + b"".join(parts))
    bulk, exact = (outcome(read, path, wanted=(0,), header_line=line) for read in (read_rows, read_one_by_one))
    assert bulk == exact


@given(parts=st.lists(_ALPHABET, max_size=12), delimiter=st.sampled_from([",", ";", "\t"]))
@example(parts=[b"a\n", b"\n", b"b\r\n", b"\r\n", b"c"], delimiter=";").via("blank lines where a row is one cell")
@_FUZZ
def test_a_single_column_is_read_alike(tmp_path: Path, sizes: object, parts: list[bytes], delimiter: str) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"id\n" + b"".join(parts))
    assert outcome(read_rows, path, delimiter, (0,)) == outcome(read_one_by_one, path, delimiter, (0,))


_CELLS = st.text(st.sampled_from('ab,;"\n é\u2028'), max_size=6)


@given(rows=st.lists(st.tuples(_CELLS, _CELLS, _CELLS), min_size=1, max_size=12), end=st.sampled_from(["\n", "\r\n"]))
@_FUZZ
def test_well_formed_rows_come_back_as_they_were_written(
    tmp_path: Path, sizes: object, rows: list[tuple[str, str, str]], end: str
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows([("id", "name", "note"), *rows])
    path = tmp_path / "f.csv"
    path.write_bytes(text.getvalue().encode())
    read = read_rows(path, FileFormat(), _WANTED)
    assert list(zip(read.columns[0].to_pylist(), read.columns[2].to_pylist(), strict=True)) == [
        (first, third) for first, _, third in rows
    ]
    assert outcome(read_rows, path) == outcome(read_one_by_one, path)


def test_only_the_stretch_around_a_broken_row_is_read_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{number},name,note\n" for number in range(400_000)]
    rows[5000] = '5000,"broken"x,note\n'
    rows[200_000] = "200000,short\n"
    path = tmp_path / "f.csv"
    path.write_text("id,name,note\n" + "".join(rows))
    taken: list[int] = []
    add = blocks.Collector.add

    def watched(self: blocks.Collector, row: list[str], line: int) -> None:
        taken.append(line)
        add(self, row, line)

    monkeypatch.setattr(blocks.Collector, "add", watched)
    read = read_rows(path, FileFormat(), (0,))
    assert [line for line, _, _ in read.rejected] == [5002, 200_002]
    assert len(read.lines) == 399_998 and read.lines[-1] == 400_001
    assert 0 < len(taken) < 12_000


@pytest.mark.parametrize("size", [1_000_000, 2_100_000, 20_000_000])
def test_a_long_cell_is_kept_or_rejected_with_its_line(tmp_path: Path, size: int) -> None:
    path = tmp_path / "f.csv"
    path.write_text(f'id,name,note\na,b,c\nd,e,"{"x" * size}"\ng,h,i\n')
    read = read_rows(path, FileFormat(), _WANTED)
    assert outcome(read_rows, path) == outcome(read_one_by_one, path)
    assert [line for line, _, _ in read.rejected] == ([3] if size > BIGGEST_CELL else [])
