"""Rows on their way from the warehouse into files: read in ordered batches, never as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

# A batch's cells as texts are some tens of megabytes in the widest of the files.
BATCH = 16_384
# Runs a query and gives its rows in an order (as after `order by`), so many in a batch.
Read = Callable[[str, str, int], pa.RecordBatchReader]


@dataclass(frozen=True)
class Query:
    """A `select` and the total order in which its rows are written."""

    select: str
    # Columns of the rows, or expressions of them; NULL comes last.
    order_by: tuple[str, ...]


class Rows:
    """The rows of one query, in its order, kept in a file of Arrow batches."""

    def __init__(self, path: Path, schema: pa.Schema, lengths: list[int], nulls: Mapping[str, int]) -> None:
        self._path, self._schema, self._nulls = path, schema, nulls
        self._ends = np.cumsum(lengths, dtype=np.int64)

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    @property
    def empty(self) -> pd.DataFrame:
        """No rows, all columns."""
        return self._frame(self._schema.empty_table())

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[pd.DataFrame]:
        """The rows from `start` up to `stop`, a batch at a time; one frame without a row where there are none."""
        stop = len(self) if stop is None else stop
        if start >= stop:
            yield self.empty
            return
        with pa.OSFile(str(self._path)) as file, pa.ipc.open_file(file) as batches:
            for number, end in enumerate(self._ends.tolist()):
                batch = batches.get_batch(number) if end > start else None
                if batch is not None and batch.num_rows:
                    begin = end - batch.num_rows
                    if begin >= stop:
                        return
                    part = batch.slice(max(0, start - begin), min(end, stop) - max(begin, start))
                    yield self._frame(pa.Table.from_batches([part]))

    def whole(self) -> pd.DataFrame:
        """All rows at once, for small results (one row per file, slot or audience)."""
        return pd.concat([*self.frames()], ignore_index=True)

    def _frame(self, table: pa.Table) -> pd.DataFrame:
        """A column is of one kind in all batches, whatever of it is missing in one of them."""
        return pd.DataFrame({name: self._column(name, table[name]) for name in table.column_names})

    def _column(self, name: str, cells: pa.ChunkedArray) -> object:
        if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
            return pd.array(cells, dtype="str")
        if pa.types.is_integer(cells.type) and self._nulls[name]:
            cells = cells.cast(pa.float64())
        return cells.to_pandas(date_as_object=False)


def kept(read: Read, queries: Iterable[Query], folder: Path) -> dict[Query, Rows]:
    """Write the rows of each query into the folder."""
    found = {}
    for number, query in enumerate(dict.fromkeys(queries)):
        order = ", ".join(f"{column} nulls last" for column in query.order_by)
        found[query] = _kept(read(query.select, order, BATCH), folder / f"{number}.arrow")
    return found


def _kept(reader: pa.RecordBatchReader, path: Path) -> Rows:
    lengths, nulls = [], dict.fromkeys(reader.schema.names, 0)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
            lengths.append(batch.num_rows)
            for name in nulls:
                nulls[name] += batch.column(name).null_count
    return Rows(path, reader.schema, lengths, nulls)
