"""Parquet tables as warehouses unload them: their cells as the text that the same table would have as CSV.

A Parquet file has types for numbers and dates, so the settings for text do not apply.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.text.file_parts import FilePart, lines_before, part_size
from icp_pipeline.sources.text.raw_table import RawTable

MAGIC = b"PAR1"
_SAMPLED_ROWS = 100
# The largest CRM export; beyond it, cells with one long repeated text, which is small in the file, would fill memory.
_MOST_BYTES = 4 * 1024**3


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its first bytes."""
    with path.open("rb") as data:
        return data.read(len(MAGIC)) == MAGIC


def parquet_header(path: Path) -> list[str]:
    """The names of its columns."""
    return [str(name) for name in _opened(path).schema_arrow.names]


def row_group_parts(path: Path) -> list[FilePart]:
    """The parts of a file, each of as many row groups as make up a part when they are unpacked."""
    groups = _opened(path).metadata
    parts, start, size, rows, before = [], 0, 0, 0, 0
    for number in range(groups.num_row_groups):
        group = groups.row_group(number)
        size, rows = size + group.total_byte_size, rows + group.num_rows
        if size >= part_size() or number + 1 == groups.num_row_groups:
            parts.append(FilePart(start, number + 1, before))
            start, size, before = number + 1, 0, rows
    return parts if len(parts) > 1 else []


def row_groups(part: FilePart | None) -> Sequence[int] | None:
    """Which row groups to read; None for all of them."""
    return range(part.start, part.end) if part else None


def read_parquet(path: Path, wanted: Sequence[int], part: FilePart | None = None) -> RawTable:
    """The wanted columns as text; the first row of the file is line 2, as below a header."""
    file = _opened(path)
    places = sorted(set(wanted))
    names = [file.schema_arrow.names[place] for place in places]
    chunks: dict[int, list[pa.Array]] = {place: [] for place in places}
    size = 0
    rows = 0
    for batch in file.iter_batches(batch_size=50_000, columns=names, row_groups=row_groups(part)):
        rows += batch.num_rows
        for place, name in zip(places, names, strict=True):
            chunks[place].append(_text(batch.column(name), name))
            size += chunks[place][-1].nbytes
        if size > _MOST_BYTES:
            raise Held(f"unpacks to more than {_MOST_BYTES // 1024**3} GB: split it, or land it as CSV")
    columns = {place: pa.chunked_array(parts, pa.string()).combine_chunks() for place, parts in chunks.items()}
    first = 2 + lines_before(part)
    return RawTable(columns, np.arange(first, first + rows, dtype=np.int64))


def first_parquet_rows(path: Path) -> list[list[str]]:
    """The first rows, as far as they can be read as text."""
    batch = next(_opened(path).iter_batches(batch_size=_SAMPLED_ROWS), None)
    if batch is None:
        return []
    texts = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            texts.append(_text(column, name).to_pylist())
        except Held:
            texts.append([""] * len(column))
    return [list(row) for row in zip(*texts, strict=True)]


def _opened(path: Path) -> Any:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError):
        raise Held("not readable as Parquet: it is damaged or not finished") from None


def _text(column: pa.Array, name: str) -> pa.Array:
    """Its cells as text; a NULL is an empty cell."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_nested(kind):
        cells = [None if cell is None else json.dumps(cell, default=str) for cell in column.to_pylist()]
        return pc.fill_null(pa.array(cells, pa.string()), "")
    if pa.types.is_floating(kind):
        # Whole numbers without the point that Arrow adds: an id column with NULLs was made a float.
        cells = [None if cell is None else _number(cell) for cell in column.to_pylist()]
        return pc.fill_null(pa.array(cells, pa.string()), "")
    try:
        return pc.fill_null(column.cast(pa.string()), "")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise Held(f"column '{name}' is of Parquet type {kind}, which is not text: cast it to text") from None


def _number(cell: float) -> str:
    if cell != cell:
        return ""
    return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
