"""One run at a time per home folder. The kernel holds the lock, so a killed run never leaves it behind."""

from __future__ import annotations

import datetime
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from icp_pipeline.errors import LockedError

DEFAULT_WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class Owner:
    """Who holds the lock, for the message to others that wait."""

    run_id: str
    pid: int
    host: str
    since: str


@contextmanager
def run_lock(home: Path, run_id: str, wait_seconds: float = DEFAULT_WAIT_SECONDS) -> Iterator[None]:
    """Hold the home folder for one run; wait for another run a while.

    Raises LockedError naming the run and process that hold it. A dead process's lock is free at once.
    """
    folder = home / "state"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(folder / "run.lock"), timeout=wait_seconds)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(_held_message(home, lock_owner(home), wait_seconds)) from None
    try:
        _write_owner(folder / "run.lock.json", run_id)
        yield
    finally:
        (folder / "run.lock.json").unlink(missing_ok=True)
        lock.release()


def lock_owner(home: Path) -> Owner | None:
    """Last owner written to the lock; it may be a killed run."""
    try:
        return Owner(**json.loads((home / "state" / "run.lock.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write_owner(path: Path, run_id: str) -> None:
    since = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    owner = Owner(run_id, os.getpid(), socket.gethostname(), since)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(asdict(owner)), encoding="utf-8")
    draft.replace(path)


def _held_message(home: Path, owner: Owner | None, waited: float) -> str:
    if owner is None:
        return f"{home} is locked by an unknown run; waited {waited:g} s. Run again later."
    who = f"run {owner.run_id} (process {owner.pid} on {owner.host}, since {owner.since})"
    if owner.host == socket.gethostname() and not _is_alive(owner.pid):
        return (
            f"{home} is still locked although {who} has died: a process it started holds the lock. "
            "Stop that process, then run again."
        )
    return (
        f"{home} is locked by {who}; waited {waited:g} s. Wait until it is done, or stop that process, then run again."
    )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
