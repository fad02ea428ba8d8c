"""Dagster's own daemon: it was down, its worker is killed, its host dies (F5, F6)."""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import psutil
import pytest
from dagster._core.test_utils import create_test_daemon_workspace_context, freeze_time
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._daemon import daemon as _daemon  # noqa: F401  (the scheduler cannot be imported first)
from dagster._scheduler.scheduler import launch_scheduled_runs
from fault_runs import assert_whole, environment

from icp_pipeline.home import PROJECT, Home, enter_home
from icp_pipeline.sample.write import write_sample

WORKSPACE = PROJECT / "workspace.yaml"
DONE = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}


@pytest.fixture
def put_back() -> Iterator[None]:
    """Restore the environment that `enter_home` changes."""
    with mock.patch.dict(os.environ):
        yield


def _at(month: int, day: int, hour: int, minute: int = 0) -> datetime.datetime:
    return datetime.datetime(2026, month, day, hour, minute, 5, tzinfo=datetime.UTC)


@contextlib.contextmanager
def looking(home: Path, schedule: str) -> Iterator[tuple[dg.DagsterInstance, Callable[[datetime.datetime], list[str]]]]:
    """Dagster's schedule evaluation as the daemon calls it, on a real instance, with our clock.

    Yields the instance, and a function that evaluates at a moment and returns the ticks with a waiting run.
    """
    (home / "icp.yaml").write_text(f"schedule: {{{schedule}}}\n", encoding="utf-8")
    enter_home(Home(home))
    with (
        dg.DagsterInstance.get() as instance,
        create_test_daemon_workspace_context(WorkspaceFileTarget([str(WORKSPACE)]), instance) as workspace,
    ):

        def look(now: datetime.datetime) -> list[str]:
            with freeze_time(now):
                found = launch_scheduled_runs(workspace, logging.getLogger("daemon"), now, {})
                assert [item for item in found if item] == []
            runs = instance.get_runs(filters=dg.RunsFilter(job_name="icp_refresh"))
            assert {run.status for run in runs} <= {dg.DagsterRunStatus.QUEUED}
            return sorted(str(run.tags.get(".dagster/scheduled_execution_time")) for run in runs)

        yield instance, look


@pytest.mark.slow
@pytest.mark.usefixtures("put_back")
def test_each_night_has_one_run_and_three_that_the_daemon_was_down_for_have_one_together(tmp_path: Path) -> None:
    with looking(tmp_path, 'refresh: "30 2 * * *", timezone: Europe/Berlin') as (_, look):

        def asked_by(*moments: datetime.datetime) -> list[str]:
            return [look(now) for now in moments][-1]

        assert asked_by(_at(10, 24, 0, 29)) == []
        found = ["2026-10-24T00:30:00+00:00"]
        assert asked_by(_at(10, 24, 0, 30)) == found
        # The clock shows 02:30 at half past midnight UTC, and again an hour later.
        found.append("2026-10-25T01:30:00+00:00")
        assert asked_by(_at(10, 25, 0, 30), _at(10, 25, 0, 59), _at(10, 25, 1, 30), _at(10, 25, 2, 30)) == found
        # Down on the 26th, 27th and 28th; up again that morning.
        found.append("2026-10-28T01:30:00+00:00")
        assert asked_by(_at(10, 28, 9), _at(10, 28, 9, 1)) == found
        found.append("2026-10-29T01:30:00+00:00")
        assert asked_by(_at(10, 29, 1, 30)) == found


@pytest.mark.slow
@pytest.mark.usefixtures("put_back")
def test_a_daemon_whose_clock_was_ahead_starts_nights_again_once_its_ticks_are_wiped(tmp_path: Path) -> None:
    """It does not start nights again that it believes to have started, until `dagster schedule wipe` forgets them."""
    with looking(tmp_path, 'refresh: "30 2 * * *"') as (instance, look):

        def nights(now: datetime.datetime) -> list[str]:
            return [tick[:10] for tick in look(now)]

        assert nights(_at(10, 24, 1)) == []
        # The clock is four weeks ahead, then right again.
        assert nights(_at(11, 21, 3)) == ["2026-11-21"]
        assert nights(_at(10, 25, 3)) == ["2026-11-21"]
        assert nights(_at(10, 26, 3)) == ["2026-11-21"]
        instance.wipe_all_schedules()
        assert nights(_at(10, 26, 4)) == ["2026-11-21"]
        assert nights(_at(10, 27, 3)) == ["2026-10-27", "2026-11-21"]


class Host:
    """A home with its own daemon, on the shipped instance file, except for how often it checks its runs."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        text = (PROJECT / "dagster.yaml").read_text(encoding="utf-8")
        often = text.replace("poll_interval_seconds: 30", "poll_interval_seconds: 2")
        assert often != text
        folder.mkdir()
        (folder / "dagster.yaml").write_text(often, encoding="utf-8")
        (home / "state").mkdir(exist_ok=True)
        state = str(home / "state" / "dagster")
        self.environment = environment(DAGSTER_HOME=str(folder), ICP_HOME=str(home), ICP_STATE=state)
        self._log = folder / "log.txt"
        with mock.patch.dict(os.environ, self.environment), dg.DagsterInstance.get() as instance:
            # Create the databases here, before several processes would all create them.
            instance.all_instigator_state()
            instance.get_runs()
            instance.all_logs("none")

    def start_daemon(self) -> None:
        """Start `dagster-daemon run`, as a service would."""
        with self._log.open("ab") as log:
            command = [_script("dagster-daemon"), "run", "--workspace", str(WORKSPACE)]
            subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, start_new_session=True)

    def ask_for_a_run(self, **tags: str) -> None:
        """Queue a run, as the schedule does."""
        job = ["--workspace", str(WORKSPACE), "--job", "icp_refresh", "--tags", json.dumps(tags)]
        command = [_script("dagster"), "job", "launch", *job]
        done = subprocess.run(command, env=self.environment, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]

    def runs(self) -> list[dg.DagsterRun]:
        """All runs, oldest first."""
        with mock.patch.dict(os.environ, self.environment), dg.DagsterInstance.get() as instance:
            return list(reversed(instance.get_runs()))

    def worker(self) -> int | None:
        """The process that is building, once it has landed the files and built the first schema."""
        (run,) = self.runs() or (None,)
        if run is None:
            return None
        with mock.patch.dict(os.environ, self.environment), dg.DagsterInstance.get() as instance:
            done = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_SUCCESS)
        if len(done) < 2:
            return None
        return int(json.loads((self.home / "state" / "run.lock.json").read_text(encoding="utf-8"))["pid"])

    def kill_everything(self) -> None:
        """Kill all processes of this host, as a power cut would."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("ICP_HOME") == str(self.home):
                    process.send_signal(signal.SIGKILL)

    def log(self) -> str:
        """The end of the daemon's log, for a failed assertion."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-3000:]


def _script(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    home = tmp_path / "home"
    write_sample(home, accounts=200, events=1_000)
    shutil.copy(PROJECT / "data" / "icp.yaml", home)
    made = Host(home, tmp_path / "instance")
    yield made
    made.kill_everything()


def _until(host: Host, ask: Callable[[], Any], seconds: float = 500) -> Any:
    end = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < end, f"{[(run.run_id[:8], run.status) for run in host.runs()]} {host.log()}"
        time.sleep(0.3)
    return found


def _all_done(host: Host, count: int) -> list[dg.DagsterRunStatus] | None:
    statuses = [run.status for run in host.runs()]
    return statuses if len(statuses) == count and DONE.issuperset(statuses) else None


@pytest.mark.slow
def test_a_killed_worker_is_tried_again_and_the_queue_moves(host: Host) -> None:
    host.start_daemon()
    host.ask_for_a_run()
    os.kill(_until(host, host.worker), signal.SIGKILL)
    # The run, and the retry that Dagster requests by itself.
    assert _until(host, lambda: _all_done(host, 2)) == [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS]
    failed, retried = host.runs()
    assert retried.parent_run_id == failed.run_id
    # From the start: what the killed process had built is gone.
    assert not retried.is_resume_retry
    assert retried.run_id[:6] in assert_whole(host.home)


@pytest.mark.slow
def test_after_the_host_died_the_queue_moves_again(host: Host) -> None:
    """No process is left to report the end: the run stays started until its time limit (two hours; here 30 s)."""
    host.start_daemon()
    host.ask_for_a_run(**{"dagster/max_runtime": "30"})
    _until(host, host.worker)
    host.kill_everything()
    assert [run.status for run in host.runs()] == [dg.DagsterRunStatus.STARTED]
    host.start_daemon()
    host.ask_for_a_run()
    # And the retry of the dead run, which has the short limit too.
    _until(host, lambda: _all_done(host, 3))
    dead, waiting = (run for run in host.runs() if run.parent_run_id is None)
    assert (dead.status, waiting.status) == (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS)
    assert_whole(host.home)
