"""One run at a time: the second waits and says for whom; a dead one holds nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import BaseFileLock

from icp_pipeline.errors import LockedError
from icp_pipeline.warehouse.lock import lock_owner, run_lock

HOLDER = """
import sys, time, pathlib
from icp_pipeline.warehouse.lock import run_lock
with run_lock(pathlib.Path(sys.argv[1]), "first_run"):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(home: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(home)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_second_run_is_told_who_holds_the_home(home: Path) -> None:
    with holder(home) as process:
        start = time.monotonic()
        message = rf"locked by run first_run \(process {process.pid} on .*, since 20.* UTC\); waited 0\.3 s"
        with pytest.raises(LockedError, match=message), run_lock(home, "second_run", wait_seconds=0.3):
            pass
        assert 0.2 < time.monotonic() - start < 5


def test_a_killed_run_holds_nothing(home: Path) -> None:
    with holder(home) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        owner = lock_owner(home)
        assert owner is not None
        assert owner.run_id == "first_run"
        with run_lock(home, "second_run", wait_seconds=0.3):
            owner = lock_owner(home)
            assert owner is not None
            assert owner.run_id == "second_run"


def test_a_child_that_outlives_its_run_is_said_to_hold_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with holder(home):
        monkeypatch.setattr("icp_pipeline.warehouse.lock._is_alive", lambda pid: False)
        with pytest.raises(LockedError, match="has died: a process it started"), run_lock(home, "b", wait_seconds=0.1):
            pass


def test_waiting_ends_when_the_first_run_does(home: Path) -> None:
    release = threading.Event()
    held = threading.Event()

    def first() -> None:
        with run_lock(home, "first_run"):
            held.set()
            release.wait(10)

    thread = threading.Thread(target=first)
    thread.start()
    assert held.wait(10)
    threading.Timer(0.3, release.set).start()
    with run_lock(home, "second_run", wait_seconds=10):
        pass
    thread.join()
    assert lock_owner(home) is None


def test_the_lock_is_free_after_an_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # It is released, not only garbage-collected some time later.
    monkeypatch.setattr(BaseFileLock, "__del__", lambda lock: None)
    with pytest.raises(RuntimeError), run_lock(home, "first_run"):
        raise RuntimeError("the run failed")
    with run_lock(home, "second_run", wait_seconds=0):
        pass
