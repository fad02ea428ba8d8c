"""Starts, halts and kills runs in separate processes, and checks the home afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from end_to_end.pipeline_runs import ROOT, exports, leftovers, table_text

from icp_pipeline.activation.manifest import verify

SCRIPT = Path(__file__).with_name("stopped_run.py")
NOBODY = 65534


def environment(**extra: str) -> dict[str, str]:
    """The environment of a child process: it can import the project and the tests, and has no home."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ICP_", "DAGSTER_"))}
    return {**kept, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests"))), **extra}


def started(home: Path, *options: str, **extra: str) -> subprocess.Popen[str]:
    """A run in its own process; extra words are environment variables."""
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(home), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**extra),
    )


def ran(home: Path, *options: str, **extra: str) -> str:
    """Run to the end and return its last line. A traceback instead of a message fails the test."""
    process = started(home, *options, **extra)
    out, err = process.communicate(input="", timeout=300)
    assert "Traceback" not in err, err
    assert process.returncode in (0, 1), f"{process.returncode}: {out} {err}"
    return out.strip().splitlines()[-1]


@contextmanager
def halted(home: Path, point: str, *options: str, **extra: str) -> Iterator[subprocess.Popen[str]]:
    """A run that halts at the point; it is killed at the end unless it was released."""
    process = started(home, "--halt", point, *options, **extra)
    try:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().strip() == point, process.stderr.read()
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a process without giving it a chance to clean up."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def run_of_warehouse(home: Path) -> str:
    """The run that the analysts' file belongs to, by its own history."""
    with duckdb.connect(str((home / "warehouse" / "icp.duckdb").resolve()), read_only=True) as reader:
        row = reader.execute("select max_by(run_id, started_at), max(as_of) from history.runs").fetchone()
    assert row is not None
    return str(row[0])


def assert_whole(home: Path) -> str:
    """Check that warehouse and exports are readable, complete and of one run; return the run."""
    run = verify((home / "exports" / "latest").resolve()).run_id
    live = (home / "warehouse" / "icp.duckdb").resolve()
    assert live.stem == f"icp_{run}"
    return run


def assert_as_never_broken(home: Path, clean: Path) -> None:
    """A run after a fault left the same home as one without: nothing lost, doubled or left behind."""
    assert_whole(home)
    assert exports(home) == exports(clean)
    for table in ("core.accounts", "core.deals", "core.account_usage_daily", "icp.account_tiers"):
        assert table_text(home, table) == table_text(clean, table), table
    assert leftovers(home) == []
