"""Events that stand in several files count once.

Files overlap when exports do. Which copy counts depends on content alone (the event's day, group and user, then the
file's hash), so the order in which files were landed changes nothing. Only event hashes are compared: no landed file
is read again. What an earlier run settled stands, but for the events of files that came or went since.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from icp_pipeline.duck import Connection
from icp_pipeline.sources.usage.daily_counts import DAILY, Entry, EventHashes, write_daily
from icp_pipeline.sources.usage.settled_overlaps import (
    Earlier,
    Settled,
    latest,
    lost_positions,
    net_name,
    recall,
    remember,
    write_lost,
)

_MARK_BITS = 22
_NOTHING = np.array([], dtype=np.uint64)


@dataclass(frozen=True)
class UsageFile:
    """One landed events file: its folder in the lake, its name and the hash of its content."""

    folder: Path
    name: str
    sha256: str


def net_daily(con: Connection, files: list[UsageFile], store: Path) -> tuple[Path, ...]:
    """Parquet files of daily usage in which every event counts once; settled again only when the files changed."""
    store.mkdir(parents=True, exist_ok=True)
    # Among copies that are alike the file with the smallest hash wins, whatever order the files came in.
    ranked = sorted(files, key=lambda file: (file.sha256, file.name))
    names = tuple(file.folder.name for file in ranked)
    settled = recall(store, names)
    if settled is None:
        settled = _settle(con, ranked, store)
        remember(store, names, settled)
    return tuple(store / settled[f.folder.name] if f.folder.name in settled else f.folder / DAILY for f in files)


def _settle(con: Connection, ranked: list[UsageFile], store: Path) -> Settled:
    """Net files by the name of the entry that lost something."""
    events = [EventHashes(file.folder) for file in ranked]
    earlier, touched = _touched(ranked, events, store)
    picked = _picked(events, touched)
    copies = [_copies(con, *entry, rank) for rank, entry in enumerate(zip(ranked, events, picked, strict=True))]
    hashes = np.concatenate([own.hashes for own in picked])
    keys = (np.concatenate([getattr(copy, name) for copy in copies]) for name in ("content", "weight", "rank"))
    lost = np.split(losing(hashes, *keys), np.cumsum([len(own.places) for own in picked])[:-1])
    with ThreadPoolExecutor(2) as pool:
        nets = pool.map(partial(_net, earlier=earlier, store=store), ranked, events, picked, lost)
        return {file.folder.name: net for file, net in zip(ranked, nets, strict=True) if net}


def _touched(ranked: list[UsageFile], events: list[EventHashes], store: Path) -> tuple[Earlier, np.ndarray]:
    """What stands from the last time, and the events to be settled now, each once and in order."""
    earlier = latest(store)
    fresh = [own for file, own in zip(ranked, events, strict=True) if file.folder.name not in earlier.names]
    gone = [store.parent / "files" / name for name in sorted(earlier.names - {file.folder.name for file in ranked})]
    if earlier.names and all((folder / DAILY).is_file() for folder in gone):
        changed = [*fresh, *map(EventHashes, gone)]
        if 3 * sum(map(len, changed)) < sum(map(len, events)):
            return earlier, np.unique(np.concatenate([_NOTHING, *(own.hashes for own in changed)]))
    return Earlier(), repeated(np.concatenate([_NOTHING, *(own.hashes for own in events)]))


def repeated(hashes: np.ndarray) -> np.ndarray:
    """Values that occur more than once, each once, in order. Sorts what it is given: a copy would be as big again."""
    hashes.sort()
    again = hashes[1:][hashes[1:] == hashes[:-1]]
    return again[np.concatenate([np.ones(min(1, len(again)), dtype=bool), again[1:] != again[:-1]])]


@dataclass(frozen=True)
class _Picked:
    """Some events of a file: their positions, and their hashes."""

    places: np.ndarray
    hashes: np.ndarray


def _picked(events: list[EventHashes], touched: np.ndarray) -> list[_Picked]:
    """The touched events of each file; all events, where picking would cost more than it spares."""
    if 10 * len(touched) > sum(map(len, events)):
        return [_Picked(np.arange(len(own)), own.hashes) for own in events]
    # Leading bits first: one look-up spares a search for nearly every event.
    marks = np.zeros(1 << _MARK_BITS, dtype=bool)
    marks[_lead(touched)] = True
    with ThreadPoolExecutor(2) as pool:  # numpy lets go of the interpreter while it looks through a file's hashes
        return list(pool.map(partial(_members, touched=touched, marks=marks), events))


def _members(events: EventHashes, touched: np.ndarray, marks: np.ndarray) -> _Picked:
    hashes = events.hashes
    likely = np.flatnonzero(marks.take(_lead(hashes)))
    found = hashes[likely]
    if len(touched):
        slots = np.minimum(np.searchsorted(touched, found), len(touched) - 1)
        is_touched = touched[slots] == found
        likely, found = likely[is_touched], found[is_touched]
    return _Picked(likely, found)


def _lead(hashes: np.ndarray) -> np.ndarray:
    return (hashes >> np.uint64(64 - _MARK_BITS)).view(np.int64)


@dataclass(frozen=True)
class _Copies:
    """A file's touched events: what decides which copy of an event counts."""

    weight: np.ndarray
    content: np.ndarray
    rank: np.ndarray


def _copies(con: Connection, file: UsageFile, events: EventHashes, picked: _Picked, rank: int) -> _Copies:
    places = picked.places
    if len(places) == 0:
        return _Copies(_NOTHING, _NOTHING, _NOTHING)
    daily = Entry(file.folder, file.name).sql
    content = con.sql(f"select hash(usage_date, group_id, user_id) as content from {daily}").fetchnumpy()["content"]
    ranks = np.full(len(places), rank, dtype=np.uint64)
    return _Copies(events.weights_of(places), content[events.rows(places)], ranks)


def losing(events: np.ndarray, *keys: np.ndarray) -> np.ndarray:
    """Which copies do not count: of each event the one with the smallest keys does."""
    order = np.argsort(events)
    ordered = events[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(events) else order
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(events))))
    alive = np.ones(len(events), dtype=bool)
    for key in (*keys, None):
        values = np.arange(len(events), dtype=np.uint64) if key is None else key[order]
        values = np.where(alive, values, np.iinfo(np.uint64).max)
        if len(starts):
            alive &= values == np.minimum.reduceat(values, starts)[group]
    lost = np.empty(len(events), dtype=bool)
    lost[order] = ~alive
    return lost


def _net(
    file: UsageFile, events: EventHashes, picked: _Picked, lost: np.ndarray, earlier: Earlier, store: Path
) -> str | None:
    """The file's net file after what it lost before and now; None when all its events count."""
    name = file.folder.name
    if len(picked.places) == 0:
        return earlier.settled.get(name)
    before = earlier.lost.get(name, np.array([], dtype=np.int64))
    positions = np.union1d(np.setdiff1d(before, picked.places), picked.places[lost])
    if len(positions) == 0:
        return None
    target = store / net_name(name, positions)
    if not target.exists() or lost_positions(target) is None:
        write_lost(target, positions)
        less = np.bincount(events.rows(positions), events.weights_of(positions), len(events.ends)).astype(np.int64)
        _write_net(file, less, target)
    return target.name


def _write_net(file: UsageFile, less: np.ndarray, target: Path) -> None:
    """The daily rows less what they lost."""
    daily = pq.read_table(file.folder / DAILY, read_dictionary=["group_id", "user_id", "source_path"])
    left = daily.column("events").fill_null(0).to_numpy() - less
    daily = daily.set_column(daily.schema.get_field_index("events"), "events", pa.array(left))
    unfinished = target.with_suffix(".tmp")
    write_daily(daily.filter(pa.array(left > 0)), unfinished)
    unfinished.replace(target)
