"""Cleans up Dagster's runs: closes those whose process died, and deletes old ones with the versions they made."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable as Checks
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.tags import MAX_RUNTIME_SECONDS_TAG
from sqlalchemy import select

from icp_pipeline.disk import remove
from icp_pipeline.orchestration.history_store import Events

# Who executes a run: only if both are known can a dead process be recognised.
_PROCESS, _HOST = "icp/process", "icp/host"
_RUNNING = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING]
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def own_process() -> dict[str, str]:
    """Run tags by which a later run can tell that this process is gone."""
    return {_PROCESS: str(os.getpid()), _HOST: socket.gethostname()}


def end_dead(instance: dg.DagsterInstance, own_run: str) -> None:
    """Mark runs as failed whose process is gone. Without a daemon nothing else does, and the queue would wait for them.

    The caller holds the home's lock.
    """
    for record in instance.get_run_records(filters=dg.RunsFilter(statuses=_RUNNING)):
        run = record.dagster_run
        if run.run_id != own_run and (_is_dead(run.tags) or _is_too_old(record, instance)):
            instance.report_run_failed(run, "its process is gone: it was killed, or the machine stopped")


def _is_too_old(record: dg.RunRecord, instance: dg.DagsterInstance) -> bool:
    """Whether it has run for too long by the daemon's rule: nothing else is known about a lost container.

    A run that is starting may have waited for hours before, so it counts from its last recorded change.
    """
    began = record.start_time or record.update_timestamp.timestamp()
    return 0 < _longest_seconds(record.dagster_run.tags, instance) < time.time() - began


def _longest_seconds(tags: Mapping[str, str], instance: dg.DagsterInstance) -> float:
    """How long it may take: by its own tag, else the instance's limit; 0 if there is none."""
    own = tags.get(MAX_RUNTIME_SECONDS_TAG, tags.get("dagster/max_runtime_seconds"))
    try:
        return float(own or instance.run_monitoring_max_runtime_seconds or 0)
    except ValueError:
        return 0


def _is_dead(tags: Mapping[str, str]) -> bool:
    if tags.get(_HOST) != socket.gethostname() or not tags.get(_PROCESS, "").isdecimal():
        return False
    process = int(tags[_PROCESS])
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    # In containers every first process has the same number.
    return process == os.getpid()


def forget_old(instance: dg.DagsterInstance, state: Path, keep: int) -> None:
    """Delete all but the newest runs, and leftovers of runs that no longer exist: events, check results and logs."""
    ended = instance.get_runs(filters=dg.RunsFilter(statuses=_ENDED))
    for run in ended[keep:]:
        instance.delete_run(run.run_id)
    # In this order: a run is recorded before anything is written about it, so one that starts meanwhile is not deleted.
    judged, left = _judged(instance), list(_left_behind(state / "dagster"))
    known = set(instance.get_run_ids())
    _delete_verdicts(instance, judged - known)
    for path, run_id in left:
        if run_id not in known:
            remove(path, if_possible=True)
    if isinstance(instance.event_log_storage, Events):
        instance.event_log_storage.give_room_back()


def _judged(instance: dg.DagsterInstance) -> set[str]:
    """Runs with check results. Dagster deletes a run's events but not these: a megabyte a night."""
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        return set()
    with storage.index_connection() as connection:
        return set(connection.scalars(select(Checks.c.run_id).distinct()))


def _delete_verdicts(instance: dg.DagsterInstance, gone: set[str]) -> None:
    storage = instance.event_log_storage
    if gone and isinstance(storage, SqlEventLogStorage):
        with storage.index_connection() as connection:
            connection.execute(Checks.delete().where(Checks.c.run_id.in_(gone)))


def _left_behind(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each run's database of events and folder of logs, and the run's id."""
    for path in (*(folder / "history" / "runs").glob("*.db*"), *folder.glob("*-*")):
        run_id = path.name.partition(".")[0]
        if _is_run_id(run_id):
            yield path, run_id


def _is_run_id(name: str) -> bool:
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False
