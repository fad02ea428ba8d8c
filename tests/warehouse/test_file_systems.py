"""Homes in memory, on a container's layers, and mounted read-only for readers, each really mounted."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_runs import record_run, settings_tables

from bench.scale import own_bytes
from icp_pipeline.disk import copy_bytes
from icp_pipeline.warehouse.build import open_build
from icp_pipeline.warehouse.publish import publish

SCRIPT = Path(__file__).with_name("nights_on_a_file_system.py")
ROOT = Path(__file__).resolve().parents[2]
READ = "import duckdb, sys; print(duckdb.connect(sys.argv[1], read_only=True).execute('from core.facts').fetchall())"


def mounted(script: str, *arguments: object) -> str:
    """The output of a shell that may mount without being root outside; skips where that is not allowed."""
    mounting = ["unshare", "--user", "--map-root-user", "--mount"]
    if not Path("/usr/bin/unshare").exists() or subprocess.run([*mounting, "true"], capture_output=True).returncode:
        pytest.skip("nobody may mount here")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(SCRIPT.parent)))}
    words = [*mounting, "bash", "-euc", script, sys.executable, *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if "mount: " in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_a_home_in_memory_publishes_night_after_night(tmp_path: Path) -> None:
    script = 'mount -t tmpfs none "$1"; "$0" "$2" "$1/home" 1 3'
    told = json.loads(mounted(script, tmp_path, SCRIPT))
    assert told == {"held": [1], "shown": [3, 3], "versions": ["icp_r2.duckdb", "icp_r3.duckdb"]}


def test_a_home_that_lies_in_a_layer_of_an_image_goes_on_in_the_layer_above(tmp_path: Path) -> None:
    """Published files are in a lower layer, which cannot change; once copied up, a link and its file are two files."""
    for name in ("below", "above", "work", "seen"):
        (tmp_path / name).mkdir()
    script = """
        "$0" "$2" "$1/below/home" 1 2 > /dev/null
        mount -t overlay overlay -o "userxattr,lowerdir=$1/below,upperdir=$1/above,workdir=$1/work" "$1/seen"
        "$0" "$2" "$1/seen/home" 3 4
    """
    told = json.loads(mounted(script, tmp_path, SCRIPT))
    assert told == {"held": [3], "shown": [4, 4], "versions": ["icp_r3.duckdb", "icp_r4.duckdb"]}
    below = {path.name for path in (tmp_path / "below" / "home" / "warehouse" / "versions").glob("*.duckdb")}
    assert below == {"icp_r1.duckdb", "icp_r2.duckdb"}


@pytest.mark.parametrize("name", ["icp.duckdb", "live.duckdb"])
def test_analysts_read_a_home_that_is_mounted_read_only(name: str, tmp_path: Path) -> None:
    """And see the next night there, which is published at the original mount."""
    (tmp_path / "read").mkdir()
    script = """
        "$0" "$2" "$1/home" 1 1 > /dev/null
        mount --bind "$1/home" "$1/read"
        mount -o remount,bind,ro "$1/read"
        "$0" -c "$3" "$1/read/warehouse/$4" | grep -q 1
        "$0" "$2" "$1/home" 2 2 > /dev/null
        "$0" -c "$3" "$1/read/warehouse/$4"
    """
    assert mounted(script, tmp_path, SCRIPT, READ, name) == "[(2,)]"


@pytest.fixture(params=["xfs", "btrfs"])
def sharing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system in which two files can share blocks."""
    image, folder, make = tmp_path / "image", tmp_path / "disk", shutil.which(f"mkfs.{request.param}")
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(320 << 20)
    mounting = ["mount", "-o", "loop", str(image), str(folder)]
    if make is None or os.geteuid() or any(_fails(command) for command in ([make, "-q", str(image)], mounting)):
        pytest.skip(f"no {request.param} can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fails(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def _force_to_disk(folder: Path) -> None:
    """Force this file system to disk, and no other: another may take long, or never answer."""
    subprocess.run(["sync", "--file-system", str(folder)], check=True)


def test_where_files_can_share_blocks_a_version_takes_only_what_changed(sharing: Path) -> None:
    home, made = sharing / "home", []
    for number, select in enumerate(("random() as cell from range(2_000_000)", "1 as cell")):
        with open_build(home, f"r{number}", start_from_live=True) as build:
            build.attach_inputs({}, settings_tables())
            build._connection.execute(
                f"create schema if not exists core; create table core.t{number} as select {select}"
            )
            record_run(build, f"r{number}")
            build.close()
            made.append(publish(home, f"r{number}"))
    _force_to_disk(home)
    first, second = made
    assert second.stat().st_size > 14_000_000 > 1_500_000 > own_bytes(second)
    first.unlink()
    # A file system lets go of a removed file's blocks some time after.
    for _ in range(100):
        _force_to_disk(home)
        if own_bytes(second) > 14_000_000:
            return
        time.sleep(0.1)
    pytest.fail("what two files shared is not left to the one that stays")


@pytest.mark.parametrize("answer", [errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, 0])
def test_a_file_is_copied_whole_where_the_kernel_does_not_copy(
    answer: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "source").write_bytes(content := os.urandom(3_000_000))

    def refused(*_: object) -> int:
        if not answer:
            return 0
        raise OSError(answer, os.strerror(answer))

    monkeypatch.setattr(os, "copy_file_range", refused)
    copy_bytes(tmp_path / "source", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == content


def test_a_full_disk_is_not_tried_a_second_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "source").write_bytes(b"1")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "copy_file_range", full)
    with pytest.raises(OSError, match="No space left"):
        copy_bytes(tmp_path / "source", tmp_path / "target")
