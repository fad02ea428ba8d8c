"""`kill -9` at each stage of a run: the live version stays complete, and the next run needs no repair (F1-F4)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from end_to_end.pipeline_runs import live_state, one, run_pipeline
from fault_runs import assert_as_never_broken, assert_whole, environment, halted, kill, run_of_warehouse

# Everything that a run does before the first of the two links moves.
BEFORE = ("landing", "build", "before_exports", "exports", "exports_moved", "history", "publish", "note")


@pytest.mark.slow
@pytest.mark.parametrize("point", BEFORE)
def test_a_kill_before_publication_changes_nothing(point: str, home: Path, clean: Path) -> None:
    before = live_state(home)
    with halted(home, point) as process:
        kill(process)
        assert process.returncode == -signal.SIGKILL
    assert live_state(home) == before
    assert_whole(home)
    run_pipeline(home)
    assert_as_never_broken(home, clean)
    assert one(home, "select count(*) from history.runs") == 2


@pytest.mark.slow
@pytest.mark.parametrize("point", ["flip", "prune"])
def test_a_kill_after_the_warehouse_moved_is_mended_forward(point: str, home: Path, clean: Path) -> None:
    """Between the links each side is complete by itself; the next start moves the exports to the warehouse's run."""
    before = assert_whole(home)
    with halted(home, point) as process:
        kill(process)
    published = run_of_warehouse(home)
    assert published != before
    assert (home / "exports" / "latest").resolve().name == (before if point == "flip" else published)
    third = run_pipeline(home).run_id
    assert_as_never_broken(home, clean)
    assert assert_whole(home) == third
    assert (home / "exports" / published / "manifest.json").exists()
    assert one(home, "select count(*) from history.runs") == 3


@pytest.mark.slow
def test_icp_run_itself_is_killed_three_times_and_runs_again(home: Path, clean: Path) -> None:
    before = live_state(home)
    command = [str(Path(sys.executable).with_name("icp")), "run", "--home", str(home)]
    for stage in ("landing: reading files", "core: building", "publishing"):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(PYTHONUNBUFFERED="1"))
        assert process.stdout is not None
        for line in process.stdout:
            if stage in line:
                # Somewhere inside the stage, not at its start.
                time.sleep(0.2)
                os.kill(process.pid, signal.SIGKILL)
                break
        process.communicate()
        assert process.returncode == -signal.SIGKILL, f"{stage} was never reached"
        if live_state(home)["links"] == before["links"]:
            assert live_state(home) == before
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == 0, done.stdout + done.stderr
    assert_as_never_broken(home, clean)
