"""Columns are written as their cells would be one by one, and files as Python's own CSV writer would write them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from icp_pipeline.activation.csv_files import ImportColumn, write_import, write_rows
from icp_pipeline.activation.safe_cells import review_text
from icp_pipeline.plain_text import are_plain, mended, text_bytes
from icp_pipeline.report.words import clean

_ODD = "=+-@\t\r\n＝\u2212'\"\u00a0\u200b\ufeff\u202e\x00\x1b\x7f ;,|é日"
# Each example writes a file to disk, which takes as long as the disk takes.
SYNCED = settings(deadline=None, max_examples=40)
cells = st.none() | st.text(alphabet=_ODD + "aZ19", max_size=6) | st.text(max_size=12)


def shown(cell: str | None) -> str:
    return "" if cell is None or not isinstance(cell, str) else clean(cell)


@given(st.lists(cells, max_size=12))
@example(["Acme", "", None, "=1", "é", " a", "a ", "~", "a\x7f", 'a"b', "0"])
@example(["\ud800=1", "a"])
@pytest.mark.parametrize("mend", [review_text, shown])
def test_a_column_is_mended_as_its_cells_would_be(mend: Callable[[object], str], column: list[str | None]) -> None:
    expected = [mend(cell) for cell in column]
    assert mended(pd.Series(column, dtype=object), mend).to_pylist() == expected
    if all(cell is None or cell.isprintable() or cell.encode(errors="ignore").decode() == cell for cell in column):
        texts = pd.Series(["left out", *column], dtype="str")[1:]
        assert mended(texts, mend).to_pylist() == expected


@given(st.lists(st.text(alphabet=_ODD + "aZ19", max_size=6), max_size=12))
def test_plain_text_needs_no_mending(texts: list[str]) -> None:
    flags = are_plain(pa.array(texts, pa.large_string()))
    assert [bool(flag) for flag in flags] == [
        not text or (text.isascii() and text.isprintable() and text[0].isalnum() and text[-1] != " ") for text in texts
    ]
    assert all(review_text(text) == clean(text) == text for text, flag in zip(texts, flags, strict=True) if flag)


@given(st.integers(0, 3), st.lists(st.text(max_size=4), max_size=8))
def test_the_bytes_of_a_part_of_a_column_are_its_texts(start: int, texts: list[str]) -> None:
    texts = [text.encode(errors="ignore").decode() for text in texts]
    bounds, data = text_bytes(pa.array(texts, pa.large_string())[start:])
    ends = pairwise(bounds)
    assert [data[at:end].tobytes().decode() for at, end in ends] == texts[start:]


@SYNCED
@given(rows=st.lists(st.tuples(*[st.text(alphabet='a",\n é日', max_size=5)] * 3), max_size=6))
def test_files_are_written_as_the_csv_module_would(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], []]
    batches = [
        [pa.array(columns[0][at:end], pa.large_string()), *(column[at:end] for column in columns[1:])]
        for at, end in ((0, 2), (2, None))
    ]
    assert write_rows(path, ["a", 'b"', ""], batches).rows == len(rows)
    wanted = io.StringIO()
    csv.writer(wanted, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["a", 'b"', ""], *rows])
    assert path.read_bytes() == wanted.getvalue().encode()


@SYNCED
@given(st.lists(st.integers(1, 12), max_size=12), st.integers(10, 60), st.integers(1, 5))
def test_parts_are_as_full_as_they_may_be(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], max_bytes: int, max_rows: int
) -> None:
    ids = [str(number) * length for number, length in enumerate(lengths, start=10)]
    folder = tmp_path_factory.mktemp("parts")
    batches = [[ImportColumn("Id", "code", [f"a{text}" for text in part])] for part in (ids[:3], ids[3:])]
    written = write_import(folder, "x.csv", batches, max_bytes, max_rows)
    parts = [(folder / file.name).read_bytes().splitlines(keepends=True)[1:] for file in written]
    assert b"".join(line for part in parts for line in part) == "".join(f'"a{text}"\n' for text in ids).encode()
    room = max_bytes - len(b'"Id"\n')
    assert all(len(part) <= max_rows and (len(part) == 1 or sum(map(len, part)) <= room) for part in parts if part)
    for part, following in pairwise(parts):
        assert len(part) == max_rows or sum(map(len, [*part, following[0]])) > room


def test_nothing_makes_one_part(tmp_path: Path) -> None:
    assert [file.rows for file in write_import(tmp_path, "x.csv", [[ImportColumn("Id", "code", [])]])] == [0]
    assert (tmp_path / "x.csv").read_bytes() == b'"Id"\n'
