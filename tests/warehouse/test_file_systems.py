"""Homes in memory, on a container's layers, and mounted read-only for readers, each really mounted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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
