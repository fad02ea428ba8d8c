"""Product events of one file, counted by group, user and day, with the hashes of their ids beside the counts.

Where values repeat, only their codes are sorted and compared. Daily rows are written as Parquet, as the models read
them. So are the hashes, which only `overlaps` reads, one range at a time; they are ordered by their leading bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from icp_pipeline.names import literal
from icp_pipeline.sources.usage.file_scan import glob_literal

DAILY = "usage_daily.parquet"
HASHES = "event_hashes.parquet"
# Hashes are ordered by this many leading bits, in row groups of this size: a range is found by its row groups.
LEAD_BITS = 8
_GROUP_ROWS = 1 << 17
# Above this, codes of several columns do not fit into one number.
_MOST_KEYS = 1 << 62
# Bits in an unsigned number.
_BITS = 63
# The dictionary holds every value: writing it again in full would take more time and space.
_DICTIONARY_BYTES = 1 << 28


@dataclass(frozen=True)
class Entry:
    """Where the daily rows of one landed file are written: its folder in the lake, and the file's name."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        """The Parquet file of daily rows."""
        return self.folder / DAILY

    @property
    def sql(self) -> str:
        """The daily rows as a SQL source."""
        return f"read_parquet({literal(glob_literal(self.path))})"

    def remove(self) -> None:
        """Delete all of it from the folder."""
        for name in (DAILY, HASHES):
            (self.folder / name).unlink(missing_ok=True)


@dataclass(frozen=True)
class Events:
    """Events in normal form. `counts` are texts, None if each row is one event; `hashes` None without event ids."""

    group_id: pa.DictionaryArray
    user_id: pa.DictionaryArray
    day: pa.DictionaryArray
    hashes: np.ndarray | None
    counts: pa.Array | None = None

    def __len__(self) -> int:
        return len(self.day)


def write_daily(table: pa.Table, path: Path) -> None:
    """Daily rows as Parquet."""
    pq.write_table(table, path, compression="snappy", store_schema=False, dictionary_pagesize_limit=_DICTIONARY_BYTES)


def write_counted(entry: Entry, parts: Sequence[Events]) -> None:
    """Count the events of a file, given in parts, and write daily rows and hashes to its folder."""
    group, user, day = (_Coded.of([getattr(part, name) for part in parts]) for name in ("group_id", "user_id", "day"))
    keys = _combined([group, user, day])
    order, ordered = _sorted(keys)
    starts = _starts(ordered)
    first = order[starts]
    ends = np.append(starts, len(order))[1:]
    counts = _counts(parts)
    events = np.diff(ends, prepend=0) if counts is None else _summed(counts, order, starts)
    _write_hashes(entry.folder, parts, order, ends, counts)
    rows = len(first)
    table = pa.table(
        {
            "group_id": group.values_at(first),
            "user_id": user.values_at(first),
            "usage_date": pc.cast(day.values, pa.date32()).take(day.values_at(first).indices),
            "events": pa.array(events, pa.int64()),
            "source_path": pa.DictionaryArray.from_arrays(np.zeros(rows, dtype=np.int32), pa.array([entry.name])),
            "source_line": pa.nulls(rows, pa.int64()),
        }
    )
    write_daily(table, entry.path)


@dataclass(frozen=True)
class _Coded:
    """A column as codes of its distinct values; the code after the last one means NULL."""

    codes: np.ndarray
    values: pa.Array

    @classmethod
    def of(cls, parts: Sequence[pa.DictionaryArray]) -> _Coded:
        chunks = pa.chunked_array(parts).unify_dictionaries().chunks
        values = chunks[0].dictionary
        codes = [pc.fill_null(chunk.indices, len(values)).to_numpy() for chunk in chunks]
        return cls(np.concatenate(codes).astype(np.int64), values)

    def values_at(self, places: np.ndarray) -> pa.DictionaryArray:
        """The values of these rows."""
        codes = self.codes[places].astype(np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes == len(self.values)), self.values)


def _combined(columns: Sequence[_Coded]) -> np.ndarray:
    """One number for each distinct combination."""
    keys, size = np.zeros(len(columns[0].codes), dtype=np.int64), 1
    for column in columns:
        count = len(column.values) + 1
        if size * count > _MOST_KEYS:
            keys = np.unique(keys, return_inverse=True)[1]
            size = len(keys)
        keys = keys * count + column.codes
        size *= count
    return keys


def _sorted(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The positions of keys in sorted order, and the sorted keys. Equal keys stay in file order."""
    bits = len(keys).bit_length()
    if len(keys) and int(keys.max()) >> max(0, _BITS - bits):
        order = np.argsort(keys, kind="stable")
        return order, keys[order]
    # Sorting key and position as one number takes two thirds of the time of sorting positions by key.
    both = np.sort((keys << bits) | np.arange(len(keys)))
    return both & ((1 << bits) - 1), both >> bits


def _starts(ordered: np.ndarray) -> np.ndarray:
    """Where runs of equal values begin."""
    changes = ordered[1:] != ordered[:-1]
    return np.flatnonzero(np.concatenate([np.ones(min(1, len(ordered)), dtype=bool), changes]))


def _counts(parts: Sequence[Events]) -> pa.Array | None:
    """How many events each row stands for, NULL if it does not say; None if each is one event."""
    if any(part.counts is None for part in parts):
        return None
    texts = pa.concat_arrays([part.counts for part in parts])
    if pc.all(pc.equal(texts, "1"), skip_nulls=False).as_py():
        return None
    return pc.cast(pc.round(pc.cast(texts, pa.float64()), round_mode="half_towards_infinity"), pa.int64())


def _summed(counts: pa.Array, order: np.ndarray, starts: np.ndarray) -> pa.Array:
    """Events of each daily row; NULL if none of its rows says how many."""
    if len(starts) == 0:
        return counts
    ordered = counts.take(pa.array(order))
    sums = np.add.reduceat(pc.fill_null(ordered, 0).to_numpy(), starts)
    known = np.logical_or.reduceat(ordered.is_valid().to_numpy(zero_copy_only=False), starts)
    return pa.array(sums, mask=~known)


def _write_hashes(
    folder: Path, parts: Sequence[Events], order: np.ndarray, ends: np.ndarray, counts: pa.Array | None
) -> None:
    """A row for each event: the hash of its id, its daily row, and its count there."""
    hashes = [part.hashes for part in parts if part.hashes is not None]
    if len(hashes) < len(parts):
        return
    events = np.concatenate(hashes)[order]
    # A stable sort of single bytes is the fastest; daily rows stay in order within it and compress well.
    places = np.argsort((events >> np.uint64(64 - LEAD_BITS)).astype(np.uint8), kind="stable")
    rows = np.repeat(np.arange(len(ends), dtype=np.int64), np.diff(ends, prepend=0))
    if counts is None:
        weights = pa.DictionaryArray.from_arrays(np.zeros(len(events), dtype=np.int8), pa.array([1], pa.int64()))
    else:
        weights = pc.fill_null(counts, 0).take(pa.array(order[places]))
    pq.write_table(
        pa.table({"event": events[places], "day_row": rows[places], "weight": weights}),
        folder / HASHES,
        row_group_size=_GROUP_ROWS,
        compression="none",
        store_schema=False,
        use_dictionary=["weight"],
        column_encoding={"day_row": "DELTA_BINARY_PACKED"},
    )
