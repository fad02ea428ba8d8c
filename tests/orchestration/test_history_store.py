"""The history is Dagster's own, in Dagster's own files; only how they are opened differs."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events.log import EventLogEntry
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from sqlalchemy import event
from sqlalchemy.engine import Engine

from icp_pipeline.orchestration.history_store import HistoryStorage

ASSET = dg.AssetKey(["core", "accounts"])


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    where = {"module": "icp_pipeline.orchestration.history_store", "class": "HistoryStorage"}
    storage = {"custom": {**where, "config": {"base_dir": str(tmp_path)}}}
    settings = {"storage": storage, "telemetry": {"enabled": False}}
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(tmp_path), overrides=settings)) as found:
        assert isinstance(found.get_ref().storage, HistoryStorage)
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
    # Another process writes: what this one remembers is not the newest any more.
    with dg.DagsterInstance.from_ref(instance.get_ref()) as other:
        newer = materialize(other)
    entry = instance.get_asset_records([ASSET])[0].asset_entry
    assert entry.last_materialization_record is not None and entry.last_materialization_record.run_id == newer


def test_a_wiped_asset_is_forgotten(instance: dg.DagsterInstance) -> None:
    materialize(instance)
    instance.wipe_assets([ASSET])
    # Shows the asset again, beside what was written of it before.
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
