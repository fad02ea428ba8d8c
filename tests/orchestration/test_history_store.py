"""The history is Dagster's own, in Dagster's own files; only the way they are opened differs."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import dagster as dg
import pytest
from dagster._core.events.log import EventLogEntry
from dagster._core.execution.api import create_execution_plan
from dagster._core.snap.execution_plan_snapshot import create_execution_plan_snapshot_id, snapshot_from_execution_plan
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from orchestration.dagster_history import evaluations, history_in
from sqlalchemy import event
from sqlalchemy.engine import Engine

from icp_pipeline.orchestration.history_store import HistoryStorage

ASSET = dg.AssetKey(["core", "accounts"])


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with history_in(tmp_path) as found:
        yield found


@dg.asset(key=ASSET)
def accounts() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 3})


def materialize(instance: dg.DagsterInstance) -> str:
    return dg.materialize([accounts], instance=instance).run_id


def line(run_id: str) -> EventLogEntry:
    return EventLogEntry(None, logging.INFO, "a line", run_id, timestamp=0.0)


def test_dagsters_own_storage_reads_the_same_files(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    run_id = materialize(instance)
    instance.dispose()
    plain = DagsterSqliteStorage(str(tmp_path))
    assert [run.run_id for run in plain.run_storage.get_runs()] == [run_id]
    newest = plain.event_log_storage.get_latest_materialization_events([ASSET])[ASSET]
    assert newest is not None and newest.run_id == run_id


def test_events_do_not_open_the_database_anew(instance: dg.DagsterInstance) -> None:
    run_id = materialize(instance)
    opened: list[object] = []
    event.listen(Engine, "connect", lambda *_: opened.append(1))
    for _ in range(20):
        instance.event_log_storage.store_event(line(run_id))
        instance.get_run_by_id(run_id)
    assert opened == []


def test_another_process_sees_each_event_at_once(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    run_id = materialize(instance)
    with sqlite3.connect(tmp_path / "history" / "runs" / f"{run_id}.db") as reader:
        before = reader.execute("select count(*) from event_logs").fetchone()[0]
        instance.event_log_storage.store_event(line(run_id))
        assert reader.execute("select count(*) from event_logs").fetchone()[0] == before + 1


def test_a_plan_that_is_known_is_not_parsed_to_say_so(instance: dg.DagsterInstance) -> None:
    @dg.job(name="empty")
    def empty() -> None:
        """Nothing to do."""

    plan = snapshot_from_execution_plan(create_execution_plan(empty), empty.get_job_snapshot_id())
    storage = instance.run_storage
    assert not storage.has_execution_plan_snapshot(create_execution_plan_snapshot_id(plan))
    known = storage.add_execution_plan_snapshot(plan)
    with mock.patch.object(type(storage), "get_execution_plan_snapshot") as parsed:
        assert storage.has_execution_plan_snapshot(known)
    assert not parsed.called


def test_a_run_that_was_deleted_by_hand_can_be_written_again(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    run_id = materialize(instance)
    for path in (tmp_path / "history" / "runs").glob(f"{run_id}.db*"):
        path.unlink()
    instance.event_log_storage.store_event(line(run_id))
    assert len(instance.all_logs(run_id)) == 1


def test_many_runs_do_not_keep_many_files_open(instance: dg.DagsterInstance) -> None:
    for number in range(20):
        instance.event_log_storage.store_event(line(f"run_{number}"))
    assert len(instance.event_log_storage._kept) == 16  # type: ignore[attr-defined]
    assert len(instance.all_logs("run_0")) == 1


def test_what_was_just_written_is_told_as_dagsters_own_storage_tells_it(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    materialize(instance)
    plain = DagsterSqliteStorage(str(tmp_path)).event_log_storage
    assert list(instance.get_asset_records([ASSET])) == list(plain.get_asset_records([ASSET]))
    # Another process writes, so this one's cache is no longer the newest.
    with dg.DagsterInstance.from_ref(instance.get_ref()) as other:
        newer = materialize(other)
    entry = instance.get_asset_records([ASSET])[0].asset_entry
    assert entry.last_materialization_record is not None and entry.last_materialization_record.run_id == newer


def test_a_wiped_asset_is_forgotten(instance: dg.DagsterInstance) -> None:
    materialize(instance)
    instance.wipe_assets([ASSET])
    # Makes the asset visible again, with whatever is still recorded for it.
    instance.report_runless_asset_event(dg.AssetObservation(ASSET))
    records = instance.get_asset_records([ASSET])
    assert [record.asset_entry.last_materialization_record for record in records] == [None]


def test_a_check_does_not_look_for_tables_again(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    materialize(instance)
    storage = instance.event_log_storage
    assert isinstance(storage, SqliteEventLogStorage)
    assert storage.has_table("asset_keys") and not storage.has_table("no_such_table")
    looked: list[str] = []
    monkeypatch.setattr(SqliteEventLogStorage, "has_table", lambda _, name: looked.append(name))
    materialize(instance)
    assert storage.has_table("asset_keys") and looked == []


@dg.multi_asset(
    name="several",
    specs=[dg.AssetSpec(dg.AssetKey(["core", name])) for name in "abc"],
    check_specs=[dg.AssetCheckSpec(check, asset=dg.AssetKey(["core", name])) for name in "abc" for check in ("x", "y")],
)
def several() -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    for name in "abc":
        yield dg.MaterializeResult(asset_key=dg.AssetKey(["core", name]), metadata={"rows": 3})
    for name in "abc":
        for check in "xy":
            asset = dg.AssetKey(["core", name])
            yield dg.AssetCheckResult(asset_key=asset, check_name=check, passed=name != "b", metadata={"failing": 1})


_TABLES = {
    "event_logs": "id, run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition",
    "asset_keys": "asset_key, last_materialization, last_run_id, last_materialization_timestamp, wipe_timestamp",
    "asset_check_executions": "asset_key, check_name, partition, run_id, execution_status, evaluation_event, "
    "evaluation_event_timestamp, evaluation_event_storage_id, materialization_event_storage_id",
    "asset_event_tags": "asset_key, event_id, key, value, event_timestamp",
}


def stored(folder: Path) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for path in sorted((folder / "history" / "runs").glob("*.db")):
        with sqlite3.connect(path) as reader:
            for table, columns in _TABLES.items():
                rows = reader.execute(f"select {columns} from {table} order by {columns}").fetchall()
                found[f"{path.stem} {table}"] = list(rows)
    return found


def test_events_written_together_leave_what_dagsters_own_storage_leaves(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    first = dg.materialize([several], instance=instance, raise_on_error=False).run_id
    again = dg.materialize([several], instance=instance, raise_on_error=False).run_id
    plain, own = DagsterSqliteStorage(str(tmp_path / "plain")), HistoryStorage(str(tmp_path / "own"))
    for run_id in (first, again):
        for entry in instance.all_logs(run_id):
            plain.event_log_storage.store_event(entry)
            own.event_log_storage.store_event(entry)
        # A check that was not planned.
        unplanned = [entry for entry in instance.all_logs(run_id) if "EVALUATION_PLANNED" not in str(entry)]
        for entry in unplanned:
            other = entry._replace(run_id=f"{run_id}_unplanned")
            plain.event_log_storage.store_event(other)
            own.event_log_storage.store_event(other)
    own.event_log_storage.dispose()
    expected = stored(tmp_path / "plain")
    assert len(expected["index asset_check_executions"]) == 4 * 6
    assert stored(tmp_path / "own") == expected


def test_events_that_wait_are_written_half_a_second_later_and_before_anybody_reads(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    run_id = materialize(instance)
    outputs = [
        entry for entry in instance.all_logs(run_id) if entry.dagster_event_type == dg.DagsterEventType.STEP_OUTPUT
    ]
    with sqlite3.connect(tmp_path / "history" / "runs" / f"{run_id}.db") as reader:

        def count() -> int:
            return int(reader.execute("select count(*) from event_logs").fetchone()[0])

        before = count()
        instance.event_log_storage.store_event(outputs[0])
        assert count() == before
        until = time.monotonic() + 20
        while count() == before:
            assert time.monotonic() < until
            time.sleep(0.05)
        instance.event_log_storage.store_event(outputs[0])
        assert len(instance.all_logs(run_id)) == count() == before + 2


def test_a_new_home_may_be_opened_by_several_at_once(tmp_path: Path) -> None:
    """Page, daemon and first run may all start at the same time."""
    together = threading.Barrier(4)

    def opened(_: int) -> int:
        together.wait()
        storage = HistoryStorage(str(tmp_path / "dagster"))
        try:
            return len(storage.run_storage.get_runs())
        finally:
            storage.run_storage.dispose()
            storage.event_log_storage.dispose()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(opened, range(4))) == [0] * 4


def watched_reads(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The tables of each read of asset records from now on."""
    asked: list[set[str]] = []
    read = SqliteEventLogStorage.get_asset_records

    def counted(storage: SqliteEventLogStorage, keys: Sequence[dg.AssetKey] | None = None) -> Sequence[object]:
        asked.append({key.path[-1] for key in keys or ()})
        return read(storage, keys)

    monkeypatch.setattr(SqliteEventLogStorage, "get_asset_records", counted)
    return asked


def test_tables_written_together_are_read_together_when_the_first_is_asked_for(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = watched_reads(monkeypatch)
    # Each check asks for the event of its table, and a table for those that it reads; `d` is only planned until then.
    later = dg.AssetSpec(dg.AssetKey(["core", "d"]), deps=[dg.AssetKey(["core", "a"])])

    @dg.multi_asset(name="later", specs=[later])
    def made_later() -> dg.MaterializeResult:
        return dg.MaterializeResult(asset_key=later.key)

    run_id = dg.materialize([several, made_later], instance=instance).run_id
    assert asked == [{"a", "b", "c"}]
    told = {
        item.asset_key.path[-1]: item.target_materialization_data for item in evaluations(instance, run_id).values()
    }
    records = {name: instance.get_asset_records([dg.AssetKey(["core", name])])[0] for name in "abc"}
    for name, record in records.items():
        newest = record.asset_entry.last_materialization_record
        assert newest is not None and told[name] is not None
        assert (newest.run_id, newest.storage_id) == (run_id, told[name].storage_id)


def test_what_was_read_of_other_tables_holds_when_a_table_is_written(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    materialize(instance)
    asked = watched_reads(monkeypatch)
    first, second = (dg.AssetSpec(dg.AssetKey(["core", name]), deps=[ASSET]) for name in ("first", "second"))
    third = dg.AssetSpec(dg.AssetKey(["core", "third"]), deps=[ASSET, first, second])

    @dg.multi_asset(name="chain", specs=[first, second, third])
    def chain() -> Iterator[dg.MaterializeResult]:
        yield from (dg.MaterializeResult(asset_key=spec.key) for spec in (first, second, third))

    run_id = dg.materialize([accounts, chain], instance=instance).run_id
    # Each once, after it was written; `accounts`, which all three read, is not read again with the second and third.
    assert asked == [{"accounts"}, {"first", "second"}]
    record = instance.get_asset_records([ASSET])[0]
    assert record.asset_entry.last_run_id == run_id
