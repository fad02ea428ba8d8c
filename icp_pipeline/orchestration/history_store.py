"""Dagster's SQLite storage, made cheap to write to: the same files as Dagster's own, opened differently.

Dagster opens and closes a database, makes an engine and compiles every statement again for each of a run's two
thousand events. Here a database stays open as long as the instance, and events that come by the hundred are written
together: at most half a second later, and before anything else is written or read. In write-ahead mode `synchronous =
normal` is safe against a crash of the program and never corrupts; a power cut can cost the last moments of the log of
the run that it ended anyway. `dagster.yaml` names `HistoryStorage`; an instance on Postgres needs none of this.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from dagster import AssetKey, EventLogEntry, EventLogRecord, StringSource
from dagster._core.storage.event_log.base import AssetRecord
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from filelock import FileLock
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool, Pool, QueuePool

from icp_pipeline.home import refuse_gone
from icp_pipeline.orchestration.event_batches import is_one_of_many, table_of, write_events

# The index, the run in progress, and those open in the UI; others are opened again when needed.
_KEPT_SHARDS = 16
# Seconds: a run appears in the UI at most this late.
_LONGEST_WAIT = 0.5
_MOST_WAITING = 1000
# Seconds: a slow disk takes a few.
_LONGEST_LAYOUT = 60
# 8 MB: less comes and goes with each night's events.
_LEAST_FREE_PAGES = 2_000


class HistoryStorage(DagsterSqliteStorage):
    """Runs, events and schedules under one folder, the same as `storage: sqlite` uses."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        # Not the parent's: it would first open every database with its own classes.
        self.base_dir = base_dir
        self._inst_data = inst_data
        folder = Path(base_dir)
        # `state/dagster` of a home.
        refuse_gone(folder.parents[1])
        folder.mkdir(parents=True, exist_ok=True)
        # A new home's databases are created by Dagster's own engines: a hundred statements, each forced to disk. Two
        # that do so at once, such as pages and a run, would see each other's half-finished tables.
        with FileLock(folder / "opening.lock", timeout=_LONGEST_LAYOUT), _listening(Engine):
            self._run_storage = _Runs.from_local(str(folder / "history"))
            self._event_log_storage = Events(str(folder / "history" / "runs"))
            self._schedule_storage = SqliteScheduleStorage.from_local(str(folder / "schedules"))
        super(DagsterSqliteStorage, self).__init__()

    @classmethod
    def config_type(cls) -> Any:
        """`base_dir`, as in Dagster."""
        return {"base_dir": StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> HistoryStorage:
        """What `dagster.yaml` makes."""
        return cls(inst_data=inst_data, **config_value)


class _Runs(SqliteRunStorage):
    """The table of runs, on one engine."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engine = _engine(conn_string, QueuePool)
        # A run's tags are deleted with it: Dagster's tables say so, but SQLite enforces it only if told to.
        event.listen(self._engine, "connect", lambda connection, _: connection.execute("pragma foreign_keys = on"))
        super().__init__(conn_string, inst_data)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def has_execution_plan_snapshot(self, execution_plan_snapshot_id: str) -> bool:
        """Whether the plan is known; Dagster would parse all of it to say so."""
        return self._has_snapshot_id(execution_plan_snapshot_id)

    def dispose(self) -> None:
        self._engine.dispose()


class Events(SqliteEventLogStorage):
    """A database for each run and an index over all; each stays open once it was opened."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._kept: OrderedDict[str, tuple[int, Engine]] = OrderedDict()
        # The databases' layout, cached: it is asked for with each event, and does not change.
        self._columns: set[str] = set()
        self._tables: set[str] = set()
        self._migrations: set[str] = set()
        self._written: dict[str, tuple[str, EventLogRecord]] = {}
        # Tables written since records were read last, and the records read since anything else was done to the index.
        self._unread: set[AssetKey] = set()
        self._records: dict[AssetKey, AssetRecord] = {}
        self._state = -1
        # Events that wait for others of their kind. This lock is taken before Dagster's own, never after it.
        self._waiting: list[EventLogEntry] = []
        self._waiting_lock = threading.RLock()
        self._wait_on = False
        self._timer: threading.Timer | None = None
        super().__init__(base_dir, inst_data)

    def store_event(self, event: EventLogEntry) -> None:
        """Write an event; one of a batch waits for the others, but not for long."""
        if not is_one_of_many(event):
            super().store_event(event)
            return
        with self._waiting_lock:
            self._waiting.append(event)
            if len(self._waiting) == 1:
                self._timer = threading.Timer(_LONGEST_WAIT, self._write_in_time)
                self._timer.daemon = True
                self._timer.start()
            elif len(self._waiting) >= _MOST_WAITING:
                self._write_waiting()

    def _write_waiting(self) -> None:
        with self._waiting_lock:
            events, self._waiting = self._waiting, []
            if self._timer:
                self._timer.cancel()
            if events:
                with self._records_kept():
                    written = write_events(self, events)
                for key, text, record in written:
                    self._written[key] = (text, record)
                    # Not those that are only planned: their records are of the run before, and parsing them takes long.
                    if record.asset_key:
                        self._unread.add(record.asset_key)
                changed = {table_of(event) for event in events}
                self._records = {key: record for key, record in self._records.items() if key not in changed}

    @contextmanager
    def _records_kept(self) -> Iterator[None]:
        """Connect without writing what waits, and without forgetting the records that were read; holds the lock."""
        self._wait_on = True
        try:
            yield
        finally:
            self._wait_on = False

    def _write_in_time(self) -> None:
        with self._waiting_lock:
            events = list(self._waiting)
            try:
                self._write_waiting()
            except Exception:
                # Reported when somebody waits for an answer: then they are written, or fail, once more.
                self._waiting = events

    def get_asset_records(self, asset_keys: Sequence[AssetKey] | None = None) -> Sequence[AssetRecord]:
        """Records of assets. A table asks for its inputs, a check for its table: other events may wait."""
        with self._waiting_lock:
            waiting = {table_of(event) for event in self._waiting} - {None}
            if waiting if asset_keys is None else waiting.intersection(asset_keys):
                self._write_waiting()
            with self._records_kept():
                return super().get_asset_records() if asset_keys is None else self._records_of(asset_keys)

    def _records_of(self, keys: Sequence[AssetKey]) -> Sequence[AssetRecord]:
        """Each table asks for its inputs one by one: those written together are read together."""
        with self.index_connection() as connection:
            state = connection.exec_driver_sql("pragma data_version").scalar_one()
        if state != self._state:  # another process has written
            self._state, self._records = state, {}
        unknown = set(keys) - self._records.keys()
        if unknown:
            found = super().get_asset_records([*(unknown | self._unread)])
            self._records |= {record.asset_entry.asset_key: record for record in found}
            self._unread = set()
        return [self._records[key] for key in sorted(set(keys), key=AssetKey.to_string) if key in self._records]

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._waiting_lock:
            if not self._wait_on:
                self._write_waiting()
                if shard == INDEX_SHARD_NAME:
                    self._records = {}
        # The lock is Dagster's own: one thread at a time in this process, so one connection per database is enough.
        with self._db_lock:
            path = Path(self.path_for_shard(shard))
            if shard not in self._initialized_dbs or not path.exists():
                self._initdb(_engine(self.conn_string_for_shard(shard), NullPool))
                self._initialized_dbs.add(shard)
            with self._engine_of(shard, path.stat().st_ino).begin() as connection:
                yield connection

    def _engine_of(self, shard: str, number: int) -> Engine:
        """The engine of a database; a new one if the file has been replaced (another inode)."""
        known = self._kept.pop(shard, None)
        if known is not None and known[0] != number:
            known[1].dispose()
            known = None
        if known is None:  # a connection counts others' changes from its own start
            self._records = {}
        engine = known[1] if known else _engine(self.conn_string_for_shard(shard), QueuePool)
        self._kept[shard] = (number, engine)
        if len(self._kept) > _KEPT_SHARDS:
            self._kept.popitem(last=False)[1][1].dispose()
        return engine

    def has_table(self, table_name: str) -> bool:
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def has_secondary_index(self, name: str) -> bool:
        if name not in self._migrations and super().has_secondary_index(name):
            self._migrations.add(name)
        return name in self._migrations

    def has_asset_key_col(self, column_name: str) -> bool:
        # Asked three times for each reading of records, and Dagster would connect each time.
        return column_name in self._columns or super().has_asset_key_col(column_name)

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        if column_name not in self._columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._columns.add(column_name)
        return column_name in self._columns

    def _get_asset_entry_values(self, event: EventLogEntry, event_id: int, has_asset_key_index_cols: bool) -> Any:
        values = super()._get_asset_entry_values(event, event_id, has_asset_key_index_cols)
        key, text = event.dagster_event and event.dagster_event.asset_key, values.get("last_materialization")
        if key and text:
            self._written[key.to_string()] = (text, EventLogRecord(storage_id=event_id, event_log_entry=event))
        return values

    def _get_latest_materialization_records(self, raw_asset_rows: Any) -> Any:
        """Each check asks for its table's record, written a moment ago: an unchanged text is not parsed again."""
        found, others = {}, []
        for row in raw_asset_rows:
            text, record = self._written.get(row["asset_key"], (None, None))
            key = AssetKey.from_db_string(row["asset_key"])
            if key and text is not None and text == row["last_materialization"]:
                found[key] = record
            else:
                others.append(row)
        return {**super()._get_latest_materialization_records(others), **found} if others else found

    def give_room_back(self) -> None:
        """Shrink the index if most of its file is free: SQLite never does that by itself.

        Readers finish what they started to read; while another process writes, it is left for the next time.
        """
        path = self.path_for_shard(INDEX_SHARD_NAME)
        with (
            suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection,
        ):
            pages, free = (
                connection.execute(f"pragma {name}").fetchone()[0] for name in ("page_count", "freelist_count")
            )
            if free > _LEAST_FREE_PAGES and 2 * free > pages:
                connection.execute("vacuum")

    def dispose(self) -> None:
        self._write_waiting()
        if self._timer:
            # A thread that outlives the program keeps DuckDB's module alive, which then complains of leaks.
            self._timer.join()
        super().dispose()
        while self._kept:
            self._kept.popitem()[1][1].dispose()


def _engine(conn_string: str, pool: type[Pool]) -> Engine:
    engine = create_engine(conn_string, poolclass=pool, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
    # Not for all engines at once: a listener on the class keeps DuckDB's module alive when the program ends, which
    # then complains of leaks on the terminal.
    event.listen(engine, "connect", _wait_less_for_the_disk)
    return engine


@contextmanager
def _listening(engines: type[Engine]) -> Iterator[None]:
    event.listen(engines, "connect", _wait_less_for_the_disk)
    try:
        yield
    finally:
        event.remove(engines, "connect", _wait_less_for_the_disk)


def _wait_less_for_the_disk(connection: sqlite3.Connection, _: Any) -> None:
    # As Dagster does once the tables exist; done before, so that they need not be forced to disk one by one.
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
