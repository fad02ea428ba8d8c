"""One whole run in its own process, which can halt at a named point until it is killed or told to continue.

`python stopped_run.py HOME [--halt POINT] [--wait SECONDS] [--as-of DAY] [--fill POINT] [--peak]`. It prints the
point's name when it halts there; a line on its standard input lets it continue. Prints `published RUN` or one line
`error: ...`, and with `--peak` a last line `peak BYTES`.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from end_to_end.pipeline_runs import run_pipeline

from icp_pipeline.activation import csv_files, export
from icp_pipeline.activation import export_folders as exports
from icp_pipeline.errors import IcpError
from icp_pipeline.run import publishing
from icp_pipeline.run import session as runs
from icp_pipeline.warehouse import versions
from icp_pipeline.warehouse.build import Build
from icp_pipeline.warehouse.lock import run_lock

Hook = Callable[[], None]


def halt(point: str) -> None:
    """Print where the process halts and wait: the test kills it here, or sends a line."""
    print(point, flush=True)
    sys.stdin.readline()


def fill_disk(folder: Path) -> None:
    """Write until the file system of the folder is full."""
    with (folder / "filler").open("ab", buffering=0) as filler:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while filler.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


def peak_memory() -> int:
    """The peak memory of this process, in bytes.

    Not `ru_maxrss`: a child's figure includes what its parent used at the start.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    held = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
    return int(held.split()[1]) * 1024


def at_landing(hook: Hook) -> None:
    """After the third file was read."""
    real = runs.land

    def land(landing: Path, lake: Path, plan: Any, progress: Callable[[str], None], *others: Any) -> Any:
        said: list[str] = []

        def heard(message: str) -> None:
            progress(message)
            said.append(message)
            if len(said) == 3:
                hook()

        return real(landing, lake, plan, heard, *others)

    runs.land = land


def at_build(hook: Hook) -> None:
    """When half of the tables are built and one transaction is open."""
    real = Build.build

    def build(self: Build, model: Any, *others: Any) -> int:
        if str(model.name) == "core.deals":
            self.execute("begin")
            rows = real_without_comment(self, model)
            hook()
            self.execute("commit")
            return rows
        return real(self, model, *others)

    def real_without_comment(self: Build, model: Any) -> int:
        self.execute(f"create or replace table {model.name} as\n{model.sql}")
        return 0

    Build.build = build  # type: ignore[method-assign]


def at_exports(hook: Hook) -> None:
    """When the first half of a CRM file is on disk and the other half is not."""
    real = csv_files.write_parts

    def write_parts(folder: Path, name: Callable[[int], str], *arguments: Any, **options: Any) -> Any:
        written = real(folder, name, *arguments, **options)
        if name(1) == "salesforce_account_update.csv":
            with (folder / name(1)).open("r+b") as file:
                whole = file.read()
                file.truncate(len(whole) // 2)
                os.fsync(file.fileno())
                hook()
            (folder / name(1)).write_bytes(whole)
        return written

    csv_files.write_parts = write_parts


def before(module: Any, name: str) -> Callable[[Hook], None]:
    """A point just before a function is called."""

    def attach(hook: Hook) -> None:
        real = getattr(module, name)

        @functools.wraps(real)
        def called(*arguments: Any, **options: Any) -> Any:
            hook()
            return real(*arguments, **options)

        setattr(module, name, called)

    return attach


POINTS: dict[str, Callable[[Hook], None]] = {
    "landing": at_landing,
    "build": at_build,
    "models": before(Build, "build"),
    "note": before(versions, "sync"),
    "before_exports": before(publishing, "write_exports"),
    "exports": at_exports,
    "exports_moved": before(export, "_move_into_place"),
    "history": before(publishing, "_record_history"),
    "publish": before(runs, "publish"),
    "flip": before(exports, "flip_latest"),
    "prune": before(exports, "prune"),
}


def main() -> int:
    """Run once; the exit code is that of `icp run`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--halt", choices=POINTS)
    parser.add_argument("--fill", choices=POINTS)
    parser.add_argument("--wait", type=float)
    parser.add_argument("--as-of", type=datetime.date.fromisoformat)
    parser.add_argument("--peak", action="store_true")
    asked = parser.parse_args()
    if asked.halt:
        POINTS[asked.halt](functools.partial(halt, asked.halt))
    if asked.fill:
        POINTS[asked.fill](functools.partial(fill_disk, asked.home))
    if asked.wait is not None:
        runs.run_lock = lambda home, run_id, _: run_lock(home, run_id, asked.wait)  # type: ignore[assignment]
    try:
        print("published", run_pipeline(asked.home, as_of=asked.as_of).run_id, flush=True)
    except IcpError as error:
        print("error:", error, flush=True)
        return 1
    finally:
        if asked.peak:
            print("peak", peak_memory(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
