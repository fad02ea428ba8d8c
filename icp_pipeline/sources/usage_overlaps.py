"""Events that stand in several files count once.

Files overlap when exports do. Which copy counts depends on content alone (the event's day, group and user, then the
file's hash), so the order in which files were landed changes nothing. Only event hashes are compared: no landed file
is read again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from icp_pipeline.duck import Connection
from icp_pipeline.sources.usage_events import DAILY, EVENTS, glob_literal

_MARK_BITS = 24


@dataclass(frozen=True)
class UsageFile:
    """One landed events file: its folder in the lake, its name and the hash of its content."""

    folder: Path
    name: str
    sha256: str


def net_daily(con: Connection, files: list[UsageFile], store: Path) -> tuple[Path, ...]:
    """Parquet files of daily usage in which every event counts once; settled again only when the files changed."""
    ranked = sorted(range(len(files)), key=lambda position: (files[position].sha256, files[position].name))
    digest = hashlib.sha256(" ".join(files[position].folder.name for position in ranked).encode()).hexdigest()[:32]
    settled = _settled(store / f"{digest}.json", store)
    if settled is None:
        settled = _settle(con, files, ranked, store)
        store.mkdir(parents=True, exist_ok=True)
        (store / f"{digest}.json").write_text(json.dumps(settled), encoding="utf-8")
    return tuple(store / settled[f.folder.name] if f.folder.name in settled else f.folder / DAILY for f in files)


def _settled(memo: Path, store: Path) -> dict[str, str] | None:
    """What an earlier run found for exactly these files: net files of those that lost something."""
    try:
        settled = dict(json.loads(memo.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
    return settled if all((store / name).is_file() for name in settled.values()) else None


def _settle(con: Connection, files: list[UsageFile], ranked: list[int], store: Path) -> dict[str, str]:
    """Net files by the name of the entry that lost something."""
    per_file = [_hashes(file) for file in files]
    hashes = np.concatenate(per_file)
    shared = repeated(hashes)
    if len(shared) == 0:
        return {}
    picked = _candidates(hashes, shared)
    ends = np.searchsorted(picked, np.cumsum([0, *(len(part) for part in per_file)]))
    firsts = np.cumsum([0, *(len(part) for part in per_file)])
    copies = [
        _copies(con, file, picked[ends[position] : ends[position + 1]] - firsts[position], ranked.index(position))
        for position, file in enumerate(files)
    ]
    keys = (np.concatenate([getattr(copy, name) for copy in copies]) for name in ("content", "weight", "rank"))
    lost = losing(hashes[picked], *keys)
    settled = {}
    for position, file in enumerate(files):
        mine = lost[ends[position] : ends[position + 1]]
        if mine.any():
            settled[file.folder.name] = _without(file, copies[position], mine, store)
    return settled


def _hashes(file: UsageFile) -> np.ndarray:
    """Event hashes of a file, in the order of its daily rows."""
    lists = pq.read_table(file.folder / EVENTS, columns=["hashes"]).column(0)
    return np.concatenate([np.array([], dtype=np.uint64), *(chunk.flatten().to_numpy() for chunk in lists.chunks)])


def repeated(hashes: np.ndarray) -> np.ndarray:
    """Values that occur more than once, each once, in order."""
    ordered = np.sort(hashes)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return again[np.concatenate([np.ones(min(1, len(again)), dtype=bool), again[1:] != again[:-1]])]


def _candidates(hashes: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """Positions of all copies of shared events; of everything, where so much is shared that picking costs more."""
    if len(shared) * 50 > len(hashes):
        return np.arange(len(hashes))
    # Leading bits first: one look-up spares a search for nearly every event.
    marks = np.zeros(1 << _MARK_BITS, dtype=bool)
    marks[_lead(shared)] = True
    likely = np.flatnonzero(marks[_lead(hashes)])
    slots = np.minimum(np.searchsorted(shared, hashes[likely]), len(shared) - 1)
    return likely[shared[slots] == hashes[likely]]


def _lead(hashes: np.ndarray) -> np.ndarray:
    return (hashes >> np.uint64(64 - _MARK_BITS)).astype(np.int32)


@dataclass(frozen=True)
class _Copies:
    """A file's candidate events: the daily row of each, and what decides which copy counts."""

    row: np.ndarray
    weight: np.ndarray
    content: np.ndarray
    rank: np.ndarray


def _copies(con: Connection, file: UsageFile, picked: np.ndarray, rank: int) -> _Copies:
    if len(picked) == 0:
        none = np.array([], dtype=np.uint64)
        return _Copies(none, none, none, none)
    events = pq.read_table(file.folder / EVENTS)
    lists = events.column("hashes").combine_chunks()
    row = pc.list_parent_indices(lists).to_numpy()[picked]
    weight = np.ones(len(picked), dtype=np.uint64)
    if "weights" in events.column_names:
        weight = events.column("weights").combine_chunks().flatten().to_numpy()[picked].astype(np.uint64)
    path = glob_literal(file.folder / DAILY).replace("'", "''")
    content = con.sql(f"select hash(usage_date, group_id, user_id) as content from read_parquet('{path}')")
    per_row = content.fetchnumpy()["content"]
    return _Copies(row, weight, per_row[row], np.full(len(picked), rank, dtype=np.uint64))


def losing(events: np.ndarray, *keys: np.ndarray) -> np.ndarray:
    """Which copies do not count: of each event the one with the smallest keys does."""
    order = np.argsort(events)
    ordered = events[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(events))))
    alive = np.ones(len(events), dtype=bool)
    for key in (*keys, None):
        values = np.arange(len(events), dtype=np.uint64) if key is None else key[order]
        values = np.where(alive, values, np.iinfo(np.uint64).max)
        alive &= values == np.minimum.reduceat(values, starts)[group]
    lost = np.empty(len(events), dtype=bool)
    lost[order] = ~alive
    return lost


def _without(file: UsageFile, copies: _Copies, lost: np.ndarray, store: Path) -> str:
    """Write the file's daily rows less what it lost, once per set of losses; returns the new file's name."""
    daily = pq.read_table(file.folder / DAILY)
    less = np.bincount(copies.row[lost], weights=copies.weight[lost], minlength=daily.num_rows).astype(np.int64)
    target = store / f"{file.folder.name}-{hashlib.sha256(less.tobytes()).hexdigest()[:16]}.parquet"
    if not target.exists():
        store.mkdir(parents=True, exist_ok=True)
        left = daily.column("events").to_numpy() - less
        daily = daily.set_column(daily.schema.get_field_index("events"), "events", pa.array(left))
        unfinished = target.with_suffix(".tmp")
        pq.write_table(daily.filter(pa.array(left > 0)), unfinished, compression="zstd")
        unfinished.replace(target)
    return target.name
