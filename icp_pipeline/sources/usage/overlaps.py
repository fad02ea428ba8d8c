"""Events that are in several files count once.

Files overlap when exports do. Which copy counts depends on content alone (the event's day, group and user, then the
file's hash), so the order in which files were landed changes nothing. Only event hashes are compared, one range
at a time, so that memory does not grow with the number of events; no landed file is read again. Results of earlier
runs are reused, except for events of files that were added or removed since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from icp_pipeline.duck import Connection, beside
from icp_pipeline.sources.usage.daily_counts import DAILY, HASHES, LEAD_BITS, write_daily
from icp_pipeline.sources.usage.file_scan import scan_of
from icp_pipeline.sources.usage.settled_overlaps import (
    Earlier,
    Settled,
    is_whole,
    latest,
    lost_path,
    net_name,
    recall,
    remember,
    write_lost,
)

# How many hashes are compared at a time: some 300 MB beyond what DuckDB is allowed.
_AT_ONCE = 1 << 24
# If changed files have a larger share of all events than this, comparing everything again costs less.
_MOST_CHANGED = 1 / 3
_NETS_AT_A_TIME = 2
# Where the lake keeps its entries, beside the folder of net files.
ENTRIES = "files"
# The in-memory database for what is found; it spills to disk as the connection's own does.
_PLACE = "found_overlaps"


@dataclass(frozen=True)
class UsageFile:
    """One landed events file, or a part of it: its folder in the lake, the file's name and the hash of its content."""

    folder: Path
    name: str
    sha256: str


def net_daily(con: Connection, files: list[UsageFile], store: Path) -> tuple[Path, ...]:
    """Parquet files of daily usage in which every event counts once; compared again only if the files changed."""
    store.mkdir(parents=True, exist_ok=True)
    # Among equal copies the file with the smallest hash wins, in whatever order the files arrived, and its first part.
    ranked = sorted(files, key=lambda file: (file.sha256, file.name))
    names = tuple(file.folder.name for file in ranked)
    settled = recall(store, names)
    if settled is None:
        settled = _settle(con, ranked, store)
        remember(store, names, settled)
    return tuple(store / settled[f.folder.name] if f.folder.name in settled else f.folder / DAILY for f in files)


@dataclass(frozen=True)
class Parts:
    """What a file of daily usage is made of: everything loaded, its events, and those it lost, if any."""

    loaded: Path
    hashes: Path
    lost: Path | None


def parts_of(path: Path) -> Parts:
    """For one of the files that `net_daily` returns."""
    if path.name == DAILY:
        return Parts(path, path.with_name(HASHES), None)
    entry = path.parent.parent / ENTRIES / path.name.split("-")[0]
    return Parts(entry / DAILY, entry / HASHES, lost_path(path))


def _settle(con: Connection, ranked: list[UsageFile], store: Path) -> Settled:
    """Net files by the name of the entry that lost events."""
    folders = [file.folder for file in ranked if (file.folder / HASHES).is_file()]
    if not folders:
        return {}
    earlier, changed = _since(con, folders, {file.folder.name for file in ranked}, store)
    with _found_copies(con):
        overlaps = _Overlaps(con, folders, earlier, changed, store)
        overlaps.compare()
        return overlaps.nets()


def _since(con: Connection, folders: list[Path], present: set[str], store: Path) -> tuple[Earlier, list[Path]]:
    """The last results, and the files added or removed since; all files if there are no results."""
    earlier = latest(store)
    gone = [store.parent / ENTRIES / name for name in sorted(earlier.names - present)]
    if earlier.names and all((folder / DAILY).is_file() for folder in gone):
        fresh = [folder for folder in folders if folder.name not in earlier.names]
        changed = [*fresh, *(folder for folder in gone if (folder / HASHES).is_file())]
        if _events(con, changed) < _MOST_CHANGED * _events(con, folders):
            return earlier, changed
    return Earlier(), folders


def _events(con: Connection, folders: Sequence[Path]) -> int:
    if not folders:
        return 0
    row = con.execute(f"select count(*) from {_scan(folders, HASHES)}").fetchone()
    return int(row[0]) if row else 0


def _scan(folders: Sequence[Path], name: str) -> str:
    """One file of each of these folders as a SQL source; `file_index` is a folder's position among them."""
    return scan_of([folder / name for folder in folders])


@contextmanager
def _found_copies(con: Connection) -> Iterator[None]:
    """Empty tables for the findings of all ranges, dropped afterwards."""
    con.execute(f"attach ':memory:' as {_PLACE}")
    try:
        # Copies of events that occur more than once; and events that were lost before and are compared again.
        con.execute(f"create table {_PLACE}.copies (file integer, event ubigint, day_row bigint, weight bigint)")
        con.execute(f"create table {_PLACE}.cleared (file integer, event ubigint)")
        yield
    finally:
        con.execute(f"detach {_PLACE}")


@dataclass(frozen=True)
class _Overlaps:
    """Which copies of which events do not count, in `folders`: files with event ids, the winner of ties first.

    `earlier` is reused except for events of `changed`; without it all events are compared.
    """

    con: Connection
    folders: list[Path]
    earlier: Earlier
    changed: list[Path]
    store: Path

    def compare(self) -> None:
        """Find copies range by range, then decide which ones do not count."""
        if not self.changed:
            return
        for condition in _ranges(_events(self.con, self.changed)):
            among = self._again_among_changed(condition) if self.earlier.names else self._again(condition)
            if among:
                self.con.execute(
                    f"insert into {_PLACE}.copies "
                    f"select {_numbers(among)}, event, day_row, weight "
                    f"from {_scan([self.folders[number] for number in among], HASHES)} "
                    f"semi join {_PLACE}.again using (event) where {condition}"
                )

    def nets(self) -> Settled:
        """Write net files; those of unchanged files are reused."""
        self._mark_lost()
        rows = self.con.execute(
            f"select distinct file from {_PLACE}.lost union select file from {_PLACE}.cleared order by file"
        ).fetchall()
        touched = [file for (file,) in rows]
        with ThreadPoolExecutor(_NETS_AT_A_TIME) as pool:
            written = dict(zip(touched, pool.map(self._net, touched), strict=True))
        found = {}
        for number, folder in enumerate(self.folders):
            net = written[number] if number in written else self.earlier.settled.get(folder.name)
            if net:
                found[folder.name] = net
        return found

    def _again(self, condition: str) -> list[int]:
        """Record the events in a range that occur more than once in all files; returns the files they may be in."""
        events = self.con.execute(f"select event from {_scan(self.folders, HASHES)} where {condition}").fetchnumpy()
        self.con.register("repeated_events", pa.table({"event": repeated(np.asarray(events["event"]))}))
        # Sorting plain numbers takes a seventh of the time of `group by`, which needs a hash table with all of them.
        self.con.execute(f"create or replace table {_PLACE}.again as select event from repeated_events")
        self.con.unregister("repeated_events")
        return list(range(len(self.folders))) if self._holds("again") else []

    def _again_among_changed(self, condition: str) -> list[int]:
        """The same for events in the changed files, and which of them were lost before; returns the files with them."""
        self.con.execute(
            f"create or replace table {_PLACE}.touched as "
            f"select distinct event from {_scan(self.changed, HASHES)} where {condition}"
        )
        self.con.execute(
            f"create or replace table {_PLACE}.met as select file_index as file, event "
            f"from {_scan(self.folders, HASHES)} semi join {_PLACE}.touched using (event) where {condition}"
        )
        self.con.execute(
            f"create or replace table {_PLACE}.again as "
            f"select event from {_PLACE}.met group by event having count(*) > 1"
        )
        self._clear(condition)
        rows = self.con.execute(
            f"select distinct file from {_PLACE}.met semi join {_PLACE}.again using (event) order by file"
        ).fetchall()
        return [file for (file,) in rows]

    def _clear(self, condition: str) -> None:
        lost = {number: path for number, folder in enumerate(self.folders) if (path := self._lost_before(folder))}
        if lost:
            self.con.execute(
                f"insert into {_PLACE}.cleared "
                f"select distinct {_numbers(lost)} as file, event from {scan_of(list(lost.values()))} "
                f"semi join {_PLACE}.touched using (event) where {condition}"
            )

    def _lost_before(self, folder: Path) -> Path | None:
        net = self.earlier.settled.get(folder.name)
        return lost_path(self.store / net) if net else None

    def _holds(self, table: str) -> bool:
        return self.con.execute(f"select 1 from {_PLACE}.{table} limit 1").fetchone() is not None

    def _mark_lost(self) -> None:
        """For each event the first copy counts; the others are lost."""
        rows = self.con.execute(f"select distinct file from {_PLACE}.copies order by file").fetchall()
        files = [file for (file,) in rows]
        contents = "select 0 as file, 0 as day_row, 0 as content limit 0"
        if files:
            contents = (
                f"select {_numbers(files)} as file, file_row_number as day_row, "
                "hash(usage_date, group_id, user_id) as content "
                f"from {_scan([self.folders[number] for number in files], DAILY)}"
            )
        self.con.execute(
            f"""
            create table {_PLACE}.lost as
            with
            contents as ({contents}),
            standing as (
                select
                    copies.*,
                    row_number() over (
                        partition by copies.event
                        order by contents.content, copies.weight, copies.file, copies.day_row
                    ) as place
                from {_PLACE}.copies
                inner join contents using (file, day_row)
            )
            select file, event, day_row, weight from standing where place > 1 order by file
            """
        )

    def _net(self, number: int) -> str | None:
        """The file's net file after all it lost, before and now; None if all its events count."""
        folder = self.folders[number]
        before = self._lost_before(folder)
        lost_now = f"select event, day_row, weight from {_PLACE}.lost where file = {number}"
        if before:
            lost_now += (
                f" union all select event, day_row, weight from {scan_of([before])} anti join "
                f"(select event from {_PLACE}.cleared where file = {number}) as cleared using (event)"
            )
        with beside(self.con) as con:
            lost = con.sql(f"{lost_now} order by event, day_row, weight").to_arrow_table()
        if len(lost) == 0:
            return None
        target = self.store / net_name(folder.name, lost)
        if not (target.exists() and is_whole(target)):
            write_lost(target, lost)
            _write_net(folder / DAILY, lost, target)
        return target.name


def _numbers(files: Sequence[int] | dict[int, Path]) -> str:
    """A file's number in place of its position among some of them."""
    return f"([{', '.join(f'{number}::integer' for number in files)}])[cast(file_index as bigint) + 1]"


def _ranges(events: int) -> list[str]:
    """Conditions for ranges of about as many hashes as are compared at a time; together they cover all of them."""
    leads = 1 << LEAD_BITS
    count = max(1, min(leads, -(-events // _AT_ONCE)))
    bounds = [number * leads // count << (64 - LEAD_BITS) for number in range(count + 1)]
    return [
        f"event between cast({first} as ubigint) and cast({after - 1} as ubigint)" for first, after in pairwise(bounds)
    ]


def repeated(events: np.ndarray) -> np.ndarray:
    """Values that occur more than once, each once, in order. Sorts its input in place: a copy takes double memory."""
    events.sort()
    again = events[1:][events[1:] == events[:-1]]
    return again[np.concatenate([np.ones(min(1, len(again)), dtype=bool), again[1:] != again[:-1]])]


def _write_net(path: Path, lost: pa.Table, target: Path) -> None:
    """The daily rows without what they lost."""
    daily = pq.read_table(path, read_dictionary=["group_id", "user_id", "source_path"])
    rows, weights = (lost.column(name).to_numpy() for name in ("day_row", "weight"))
    less = np.bincount(rows, weights, len(daily)).astype(np.int64)
    left = daily.column("events").fill_null(0).to_numpy() - less
    daily = daily.set_column(daily.schema.get_field_index("events"), "events", pa.array(left))
    unfinished = target.with_suffix(".tmp")
    write_daily(daily.filter(pa.array(left > 0)), unfinished)
    unfinished.replace(target)
