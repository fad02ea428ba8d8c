"""A run that is killed at any step leaves the live version as it was, and nothing for a person to clean up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from icp_pipeline.warehouse import publish as publishing
from icp_pipeline.warehouse.build import open_build
from icp_pipeline.warehouse.paths import versions_dir, work_dir
from icp_pipeline.warehouse.publish import live_path, live_run, versions

PublishRun = Callable[..., Path]

BUILDER = """
import sys, time, pathlib
from icp_pipeline.warehouse.build import open_build
from icp_pipeline.warehouse.lock import run_lock
home = pathlib.Path(sys.argv[1])
with run_lock(home, "killed"), open_build(home, "killed") as build:
    build.execute("create schema core")
    build.execute("create table core.facts as select 99 as number from range(100000)")
    build.execute("begin")
    build.execute("insert into core.facts select 100 from range(100000)")
    print("building", flush=True)
    time.sleep(60)
"""


class Killed(BaseException):
    """Simulates a power cut: no handler in the code may catch it."""


def live_number(home: Path) -> int:
    with duckdb.connect(str(live_path(home)), read_only=True) as reader:
        return reader.execute("select max(number) from core.facts").fetchall()[0][0]


def test_kill_while_building(home: Path, publish_run: PublishRun) -> None:
    before = publish_run("r1", number=1).read_bytes()
    process = subprocess.Popen([sys.executable, "-c", BUILDER, str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "building\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert "icp_killed.duckdb" in {path.name for path in work_dir(home).iterdir()}
    assert live_path(home).read_bytes() == before
    assert live_number(home) == 1
    publish_run("r2", number=2)
    assert live_number(home) == 2
    assert list(work_dir(home).iterdir()) == []


@pytest.mark.parametrize("step", ["write_pending", "sync", "point_to", "settle", "drop_old"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_kill_while_publishing(
    step: str, moment: str, home: Path, publish_run: PublishRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_run("r1", number=1)
    real = getattr(publishing, step)

    def killed(*arguments: object, **options: object) -> object:
        if moment == "after":
            real(*arguments, **options)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(publishing, step, killed)
        with pytest.raises(Killed):
            publish_run("r2", number=2)
    flipped = live_run(home) == "r2"
    assert live_number(home) == (2 if flipped else 1)
    assert [version.run_id for version in versions(home)] == (["r2", "r1"] if flipped else ["r1"])
    with open_build(home, "r3") as build:
        carried = build.frame("select run_id from history.runs order by run_id")["run_id"].tolist()
    assert carried == (["r1", "r2"] if flipped else ["r1"])
    publish_run("r3", number=3)
    names = {path.name.partition(".")[0] for path in versions_dir(home).iterdir()}
    assert names == ({"icp_r1", "icp_r2", "icp_r3"} if flipped else {"icp_r1", "icp_r3"})
    assert not list(versions_dir(home).glob("*.pending"))
