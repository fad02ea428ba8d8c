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
from icp_pipeline.sources.usage_events import DAILY, EVENTS, repeated


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
    shared = repeated(np.concatenate([np.array([], dtype=np.uint64), *(_hashes(file) for file in files)]))
    if len(shared) == 0:
        return {}
    copies = [_copies(files[position], position, rank, shared) for rank, position in enumerate(ranked)]
    losers = _losers(con, pa.concat_tables(copies))
    return {files[position].folder.name: _without(files[position], lost, store) for position, lost in losers.items()}


def _hashes(file: UsageFile) -> np.ndarray:
    """Event hashes of a file, in the order of its daily rows."""
    lists = pq.read_table(file.folder / EVENTS, columns=["hashes"]).column(0)
    return np.concatenate([np.array([], dtype=np.uint64), *(chunk.flatten().to_numpy() for chunk in lists.chunks)])


def _copies(file: UsageFile, position: int, rank: int, shared: np.ndarray) -> pa.Table:
    """This file's copies of shared events, with the daily row each belongs to and that row's content."""
    events = pq.read_table(file.folder / EVENTS).combine_chunks()
    lists = events.column("hashes").combine_chunks()
    hashes = lists.flatten().to_numpy()
    slots = np.minimum(np.searchsorted(shared, hashes), len(shared) - 1)
    hit = np.flatnonzero(shared[slots] == hashes)
    rows = pc.list_parent_indices(lists).to_numpy()[hit]
    weights = np.ones(len(hit), dtype=np.int64)
    if "weights" in events.column_names:
        weights = events.column("weights").combine_chunks().flatten().to_numpy()[hit]
    daily = pq.read_table(file.folder / DAILY, columns=["group_id", "user_id", "usage_date"]).take(pa.array(rows))
    return pa.table(
        {
            "event": pa.array(hashes[hit], pa.uint64()),
            "file": pa.array(np.full(len(hit), position), pa.int64()),
            "file_rank": pa.array(np.full(len(hit), rank), pa.int64()),
            "daily_row": pa.array(rows, pa.int64()),
            "events": pa.array(weights, pa.int64()),
            "group_id": daily.column("group_id"),
            "user_id": daily.column("user_id"),
            "usage_date": daily.column("usage_date"),
        },
        schema=_COPIES,
    )


_COPIES = pa.schema(
    [
        ("event", pa.uint64()),
        ("file", pa.int64()),
        ("file_rank", pa.int64()),
        ("daily_row", pa.int64()),
        ("events", pa.int64()),
        ("group_id", pa.string()),
        ("user_id", pa.string()),
        ("usage_date", pa.date32()),
    ]
)


def _losers(con: Connection, copies: pa.Table) -> dict[int, pa.Table]:
    """Per file: daily rows, and how many of their events another copy already counts."""
    con.register("copies", copies)
    table = con.sql(
        """
        with ranked as (
            select *, row_number() over (
                partition by event
                order by usage_date, group_id nulls last, user_id nulls last, events, file_rank
            ) as copy
            from copies
        )
        select file, daily_row, cast(sum(events) as bigint) as events
        from ranked where copy > 1 group by file, daily_row order by file, daily_row
        """
    ).to_arrow_table()
    con.unregister("copies")
    positions = pc.unique(table.column("file")).to_pylist()
    return {position: table.filter(pc.equal(table.column("file"), position)) for position in positions}


def _without(file: UsageFile, lost: pa.Table, store: Path) -> str:
    """Write the file's daily rows less what it lost, once per set of losses; returns the new file's name."""
    rows, events = lost.column("daily_row").to_numpy(), lost.column("events").to_numpy()
    digest = hashlib.sha256(rows.tobytes() + events.tobytes()).hexdigest()[:16]
    target = store / f"{file.folder.name}-{digest}.parquet"
    if not target.exists():
        store.mkdir(parents=True, exist_ok=True)
        daily = pq.read_table(file.folder / DAILY)
        left = daily.column("events").to_numpy().copy()
        left[rows] -= events
        daily = daily.set_column(daily.schema.get_field_index("events"), "events", pa.array(left))
        unfinished = target.with_suffix(".tmp")
        pq.write_table(daily.filter(pa.array(left > 0)), unfinished, compression="zstd")
        unfinished.replace(target)
    return target.name
