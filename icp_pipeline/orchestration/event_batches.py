"""Writes the hundreds of events of a run to Dagster's tables in batches: one statement per kind.

Dagster's own storage writes each one separately, in three or four statements and transactions: for a small company that
took longer than building its tables. The rows are exactly those that Dagster would write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from dagster import AssetKey, DagsterEventType, EventLogEntry, EventLogRecord
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as Status
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable as Checks
from dagster._core.storage.event_log.schema import AssetKeyTable as Assets
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable as Events
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._time import datetime_from_timestamp
from sqlalchemy import bindparam
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

_OUTPUT, _TABLE, _CHECK = "STEP_OUTPUT", "ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION"
_TABLE_PLANNED, _CHECK_PLANNED = "ASSET_MATERIALIZATION_PLANNED", "ASSET_CHECK_EVALUATION_PLANNED"
_KINDS = {DagsterEventType(name) for name in (_OUTPUT, _TABLE, _CHECK, _TABLE_PLANNED, _CHECK_PLANNED)}

Row = dict[str, Any]
# For a table that was just written: its key, and the record as text and as parsed.
Written = tuple[str, str, EventLogRecord]


def is_one_of_many(event: EventLogEntry) -> bool:
    """Whether the event may wait for others of its kind: it belongs to a run, and to no Dagster partition."""
    if not event.run_id or not event.is_dagster_event or event.dagster_event_type not in _KINDS:
        return False
    data = event.get_dagster_event().event_specific_data
    return (
        event.get_dagster_event().partition is None
        and getattr(data, "partition", None) is None
        and getattr(data, "partitions_subset", None) is None
    )


def table_of(event: EventLogEntry) -> AssetKey | None:
    """The table that the event is about."""
    if event.dagster_event_type in (DagsterEventType(_TABLE), DagsterEventType(_TABLE_PLANNED)):
        return event.get_dagster_event().asset_key
    return None


def write_events(storage: SqliteEventLogStorage, events: Sequence[EventLogEntry]) -> list[Written]:
    """Write events in order to their runs and, except outputs, to the index over all runs."""
    rows = [storage._event_to_row(event) for event in events]
    for run_id, of_run in groupby(rows, key=lambda row: str(row["run_id"])):
        with storage.run_connection(run_id) as connection:
            connection.execute(Events.insert(), list(of_run))
    indexed = [(event, row) for event, row in zip(events, rows, strict=True) if row["dagster_event_type"] != _OUTPUT]
    if not indexed:
        return []
    with storage.index_connection() as connection:
        numbers = connection.scalars(
            Events.insert().returning(Events.c.id, sort_by_parameter_order=True), [row for _, row in indexed]
        ).all()
        return _write_index(
            storage, connection, [(*pair, number) for pair, number in zip(indexed, numbers, strict=True)]
        )


def _write_index(
    storage: SqliteEventLogStorage, connection: Connection, events: list[tuple[EventLogEntry, Row, int]]
) -> list[Written]:
    """The tables over all runs: newest materialization of each asset, and each check's last state."""

    def of(kind: str, made: Callable[[EventLogEntry, Row, int], Row]) -> list[Row]:
        return [made(*item) for item in events if item[1]["dagster_event_type"] == kind]

    written: list[Written] = []

    def table(event: EventLogEntry, row: Row, number: int) -> Row:
        text = record_text(str(row["event"]), number)
        written.append((row["asset_key"], text, EventLogRecord(storage_id=number, event_log_entry=event)))
        return _table_planned(event, row, number) | {"last_materialization": text}

    tables = [(event, number) for event, row, number in events if row["dagster_event_type"] == _TABLE]
    storage._store_asset_event_tags(connection, [event for event, _ in tables], [number for _, number in tables])
    _put(connection, _ASSET_PLANNED, of(_TABLE_PLANNED, _table_planned))
    _put(connection, _ASSET_MADE, of(_TABLE, table))
    _put(connection, Checks.insert(), of(_CHECK_PLANNED, _check_planned))
    evaluations = of(_CHECK, _check)
    found = _put(connection, _CHECK_MADE, evaluations)
    if found < len(evaluations):
        # Some were not planned. Nothing else belongs to this run, so those found now are the others.
        planned = {(row.asset_key, row.check_name) for row in connection.execute(_PLANNED, evaluations[0])}
        strangers = [row for row in evaluations if (row["of_asset"], row["of_check"]) not in planned]
        _put(connection, Checks.insert(), [_unplanned(row) for row in strangers])
    return written


def _put(connection: Connection, statement: Any, rows: list[Row]) -> int:
    return int(connection.execute(statement, rows).rowcount) if rows else 0


def record_text(event: str, number: int) -> str:
    """The result of `serialize_value` for the event's record, without serializing the event again."""
    return f'{{"__class__": "EventLogRecord", "event_log_entry": {event}, "storage_id": {number}}}'


def _table_planned(event: EventLogEntry, row: Row, _: int) -> Row:
    moment = datetime_from_timestamp(event.timestamp)
    return {
        "asset_key": row["asset_key"],
        "last_run_id": event.run_id,
        "last_materialization_timestamp": moment,
    }


def _check_planned(event: EventLogEntry, row: Row, number: int) -> Row:
    planned = event.get_dagster_event().asset_check_planned_data
    return {
        "asset_key": planned.asset_key.to_string(),
        "check_name": planned.check_name,
        "partition": None,
        "run_id": event.run_id,
        "execution_status": Status.PLANNED.value,
        "evaluation_event": row["event"],
        "evaluation_event_timestamp": row["timestamp"],
        "evaluation_event_storage_id": number,
    }


def _check(event: EventLogEntry, row: Row, number: int) -> Row:
    evaluation = event.get_dagster_event().asset_check_evaluation_data
    target = evaluation.target_materialization_data
    return {
        "of_asset": evaluation.asset_key.to_string(),
        "of_check": evaluation.check_name,
        "of_run": event.run_id,
        "execution_status": (Status.SUCCEEDED if evaluation.passed else Status.FAILED).value,
        "evaluation_event": row["event"],
        "evaluation_event_timestamp": row["timestamp"],
        "evaluation_event_storage_id": number,
        "materialization_event_storage_id": target.storage_id if target else None,
    }


def _unplanned(row: Row) -> Row:
    own = {"asset_key": row["of_asset"], "check_name": row["of_check"], "run_id": row["of_run"]}
    return own | {name: value for name, value in row.items() if not name.startswith("of_")}


def _upsert(columns: Iterable[str]) -> Any:
    statement = insert(Assets)
    return statement.on_conflict_do_update(
        index_elements=["asset_key"], set_={name: statement.excluded[name] for name in columns}
    )


_ASSET_PLANNED = _upsert(["last_run_id", "last_materialization_timestamp"])
_ASSET_MADE = _upsert(["last_materialization", "last_run_id", "last_materialization_timestamp"])
_CHECK_MADE = (
    Checks.update()
    .where(Checks.c.asset_key == bindparam("of_asset"))
    .where(Checks.c.check_name == bindparam("of_check"))
    .where(Checks.c.run_id == bindparam("of_run"))
    .where(Checks.c.partition.is_(None))
    .values(
        {
            name: bindparam(name)
            for name in (
                "execution_status",
                "evaluation_event",
                "evaluation_event_timestamp",
                "evaluation_event_storage_id",
                "materialization_event_storage_id",
            )
        }
    )
)
_PLANNED = Checks.select().where(Checks.c.run_id == bindparam("of_run"))
