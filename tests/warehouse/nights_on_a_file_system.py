"""`python nights_on_a_file_system.py HOME FIRST LAST`: nights that publish one number each, while a reader stays open.

Prints, as JSON, what a reader who opened the first night's file still reads, and what each name shows at the end.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb
from small_runs import record_run, settings_tables

from icp_pipeline.warehouse.build import open_build
from icp_pipeline.warehouse.file_system import refuse_unfit
from icp_pipeline.warehouse.lock import run_lock
from icp_pipeline.warehouse.mending import mend
from icp_pipeline.warehouse.paths import live_path, shared_path
from icp_pipeline.warehouse.publish import publish


def night(home: Path, number: int) -> None:
    """Like a run: test the file system, take the lock, clean up, and publish the next version."""
    refuse_unfit(home)
    with run_lock(home, f"r{number}", 0.0):
        mend(home)
        with open_build(home, f"r{number}") as build:
            build.attach_inputs({}, settings_tables())
            build._connection.execute(f"create schema core; create table core.facts as select {number} as number")
            record_run(build, f"r{number}")
            build.close()
            publish(home, f"r{number}", keep=2)


def number(database: Path) -> int:
    """The night that a file is from, read as an analyst's tool would, whether or not this process has it open."""
    with duckdb.connect(str(database), read_only=True) as reader:
        (found,) = reader.execute("select max(number) from core.facts").fetchone() or (0,)
    return int(found)


def main() -> None:
    """Publish all nights, and print the result."""
    home, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    home.mkdir(exist_ok=True)
    night(home, first)
    with duckdb.connect(str(live_path(home).resolve()), read_only=True) as stays:
        for later in range(first + 1, last + 1):
            night(home, later)
        held = stays.execute("select max(number) from core.facts").fetchone()
    versions = sorted(path.name for path in (home / "warehouse" / "versions").glob("*.duckdb"))
    shown = [number(live_path(home).resolve()), number(shared_path(home))]
    print(json.dumps({"held": held, "shown": shown, "versions": versions}))


if __name__ == "__main__":
    main()
