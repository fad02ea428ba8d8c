"""Dagster's own record of runs: those whose process died are ended, and old ones go with the versions they made."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

import dagster as dg

# Who executes a run: only where both are known can it be told that nobody does any more.
_PROCESS, _HOST = "icp/process", "icp/host"
_RUNNING = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def own_process() -> dict[str, str]:
    """Tags by which a later run sees that this process is gone."""
    return {_PROCESS: str(os.getpid()), _HOST: socket.gethostname()}


def end_dead(instance: dg.DagsterInstance, own_run: str) -> None:
    """End runs of this machine whose process is gone. Nobody else does, and the queue would wait for them."""
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=_RUNNING)):
        if run.run_id != own_run and _is_dead(run.tags):
            instance.report_run_failed(run, "its process is gone: it was killed, or the machine stopped")


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
    # In a container each first process has the same number.
    return process == os.getpid()


def forget_old(instance: dg.DagsterInstance, state: Path, keep: int) -> None:
    """Delete all but the newest runs, with their events and logs: five megabytes each, for a small company."""
    ended = instance.get_runs(filters=dg.RunsFilter(statuses=_ENDED))
    for run in ended[keep:]:
        instance.delete_run(run.run_id)
        for left in (state / "dagster" / "history" / "runs").glob(f"{run.run_id}.db*"):
            left.unlink(missing_ok=True)
        shutil.rmtree(state / "dagster" / run.run_id, ignore_errors=True)
