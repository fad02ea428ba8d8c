"""A file system that is really full: nothing is published, the message names it, and freed space is enough (F7).

On a small tmpfs if this process may mount one, else with a limit on file size, which every user can set.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from end_to_end.pipeline_runs import copy_home, live_state, run_pipeline
from fault_runs import SCRIPT, assert_as_never_broken, assert_whole, environment, ran
from faults.conftest import new_deal

# Two versions, the work file and the exports.
ROOM = 300 * 1000 * 1000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A separate file system, large enough for a run."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    if mount is None or os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this process may not mount a file system; test_a_limit_on_file_size_stops_a_run runs everywhere")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["landing", "models", "before_exports", "history", "publish", "flip"])
def test_a_full_disk_publishes_nothing_and_freed_space_is_enough(
    point: str, published: Path, clean: Path, small_disk: Path
) -> None:
    home = new_deal(copy_home(published, small_disk / "home"))
    shutil.rmtree(home / "lake")
    before = live_state(home)
    said = ran(home, "--fill", point)
    if point != "flip" or said.startswith("error:"):
        assert said.startswith("error:")
        assert "No space left" in said or "disk full" in said.lower(), said
        assert str(home) in said
    state = live_state(home)
    if point != "flip":
        assert state == before
        assert_whole(home)
    (home / "filler").unlink()
    run_pipeline(home)
    assert_as_never_broken(home, clean)


@pytest.mark.slow
def test_a_limit_on_file_size_stops_a_run(home: Path, clean: Path) -> None:
    """The kernel refuses to let any file grow past 5 MB, and DuckDB's file needs more."""
    before = live_state(home)
    limit = "import resource, runpy, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000,) * 2); "
    limit += "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", limit, str(SCRIPT), str(home)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "File too large" in done.stdout
    assert live_state(home) == before
    run_pipeline(home)
    assert_as_never_broken(home, clean)
