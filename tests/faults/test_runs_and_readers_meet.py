"""Two runs at once, and people who have the published files open (F8-F10, F12, F42, F48, F49)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest
from end_to_end.pipeline_runs import copy_home, live_state, one, run_pipeline
from fault_runs import NOBODY, SCRIPT, assert_as_never_broken, assert_whole, environment, halted, ran, run_of_warehouse
from faults.conftest import new_deal

from icp_pipeline.activation.manifest import verify
from icp_pipeline.errors import PublishError

AS_NOBODY = f"import os, sys; os.geteuid() or (os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY}))\n"


def as_nobody(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process that has given up root, after importing what only root may read."""
    imports = "import duckdb\n"
    return subprocess.run(
        [sys.executable, "-c", imports + AS_NOBODY + code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )


@pytest.mark.slow
def test_a_second_run_names_the_first_and_never_interleaves(home: Path, clean: Path) -> None:
    before = live_state(home)
    with halted(home, "build") as first:
        said = ran(home, "--wait", "0.3")
        assert said.startswith("error:") and f"(process {first.pid} on " in said and "since" in said
        assert live_state(home) == before
        out, _ = first.communicate(input="\n", timeout=300)
    assert "published" in out and first.returncode == 0
    assert_as_never_broken(home, clean)


@pytest.mark.slow
def test_two_runs_at_once_are_published_one_after_the_other(home: Path, clean: Path) -> None:
    with halted(home, "publish") as first:
        done: list[str] = []
        second = threading.Thread(target=lambda: done.append(ran(home, "--wait", "240")))
        second.start()
        out, _ = first.communicate(input="\n", timeout=300)
        second.join()
    assert out.split()[-1] != done[0].split()[-1]
    assert run_of_warehouse(home) == done[0].split()[-1]
    assert one(home, "select count(*) from history.runs") == 3
    assert_as_never_broken(home, clean)


@pytest.mark.slow
def test_readers_with_everything_open_neither_stop_a_run_nor_see_it_torn(home: Path) -> None:
    """One analyst never closes; another and a RevOps script open again and again while a run publishes."""
    failures: list[str] = []
    seen: set[str] = set()
    reads = 0
    stop = threading.Event()

    def read() -> None:
        nonlocal reads
        while not stop.is_set():
            try:
                seen.add(verify((home / "exports" / "latest").resolve()).run_id)
                run_of_warehouse(home)
                reads += 1
            except (PublishError, OSError, duckdb.Error) as error:
                failures.append(str(error))

    first = assert_whole(home)
    with duckdb.connect(str((home / "warehouse" / "icp.duckdb").resolve()), read_only=True) as analyst:
        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        said = ran(home)
        stop.set()
        for thread in threads:
            thread.join()
        held = analyst.execute("select count(*) from history.runs").fetchone()
    assert held == (1,)
    assert failures == [] and reads > 20
    assert seen == {first, said.split()[-1]}
    assert one(home, "select count(*) from history.runs") == 2


OPEN = """
path = sys.argv[1]
with duckdb.connect(path, read_only=True) as reader:
    print("read", reader.execute("select count(*) from core.accounts").fetchone()[0])
try:
    duckdb.connect(path)
    print("opened for writing")
except duckdb.Error as error:
    print("refused", str(error).split()[0])
"""


def test_the_published_file_can_be_read_by_anybody_and_written_by_nobody(published: Path, open_folder: Path) -> None:
    home = copy_home(published, open_folder / "home")
    for folder in (home, home / "warehouse", home / "warehouse" / "versions"):
        # Even where the analyst may create files, so that a lock or a .wal could be left.
        folder.chmod(0o777)
    before = live_state(home)
    done = as_nobody(OPEN, str(home / "warehouse" / "icp.duckdb"))
    assert done.stdout.splitlines()[0].startswith("read 2"), done.stderr
    assert done.stdout.splitlines()[1].startswith("refused"), done.stdout
    assert live_state(home) == before
    assert not list((home / "warehouse").rglob("*.wal"))


@pytest.mark.slow
def test_a_wal_that_somebody_left_beside_the_live_file_reaches_no_run(home: Path, clean: Path) -> None:
    """Root can do what the mode forbids: it writes, and dies with its change in the .wal."""
    live = (home / "warehouse" / "icp.duckdb").resolve()
    code = (
        "import duckdb, os, sys\nanalyst = duckdb.connect(sys.argv[1])\n"
        "analyst.execute(\"set checkpoint_threshold = '1 GB'\")\n"
        "analyst.execute('create table core.mine as select 1 as x')\nos.kill(os.getpid(), 9)"
    )
    live.chmod(0o644)
    subprocess.run([sys.executable, "-c", code, str(live)], check=False)
    wal = live.with_name(live.name + ".wal")
    assert wal.exists()
    run_pipeline(home)
    assert_as_never_broken_but(home, clean, wal)
    assert one(home, "select count(*) from duckdb_tables() where table_name = 'mine'") == 0


def assert_as_never_broken_but(home: Path, clean: Path, wal: Path) -> None:
    """The .wal stays with its old version, where it belongs; everything else is as after a clean run."""
    assert wal.exists()
    wal.unlink()
    assert_as_never_broken(home, clean)


def bound_by_modes(command: list[str]) -> list[str]:
    """Root ignores modes; without two of its capabilities it is refused like any other user."""
    if os.geteuid():
        return command
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("run as an unprivileged user, or with util-linux's setpriv")
    without = "-dac_override,-dac_read_search"
    return [setpriv, "--bounding-set", without, "--inh-caps", without, *command]


CLOSED = {
    "the whole home": ".",
    "the state folder": "state",
    "the warehouse": "warehouse",
    "the versions": "warehouse/versions",
    "the exports": "exports",
    "the lake": "lake",
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CLOSED)
def test_a_folder_that_belongs_to_another_user_is_named(case: str, published: Path, open_folder: Path) -> None:
    home = new_deal(copy_home(published, open_folder / "home"))
    closed = home / CLOSED[case]
    for path in (closed, *(item for item in closed.rglob("*") if item.is_dir() and not item.is_symlink())):
        path.chmod(0o555)
    if case == "the lake":
        # Unchanged files are not written again.
        (home / "landing" / "nps" / "responses.csv").open("a").write("\n")
    before = live_state(home)
    command = bound_by_modes([sys.executable, str(SCRIPT), str(home), "--wait", "0.3"])
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr[-1500:]
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("error:") and str(closed) in last and "denied" in last.lower(), last
    assert live_state(home) == before
