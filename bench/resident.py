"""What a resident process would save: `icp run` in fresh processes, and forked from one that has imported everything.

To run it: `python -m bench.resident`. The checks' own process starts anew in both.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from bench.company import forget_runs
from icp_pipeline.cli import main
from icp_pipeline.home import PROJECT
from icp_pipeline.sample.write import write_sample

ROUNDS = 5
_MODULES = "modules.txt"
_ICP = str(Path(sys.executable).with_name("icp"))


def measure_resident(rounds: int = ROUNDS) -> dict[tuple[str, str], tuple[float, float]]:
    """Median seconds and processor seconds by (`first` or `unchanged`, `fresh` or `resident`)."""
    taken: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="icp_bench_") as folder:
        home = Path(folder)
        write_sample(home)
        shutil.copy(PROJECT / "data" / "icp.yaml", home / "icp.yaml")
        _import_what_a_run_imports(home)
        started: dict[str, Callable[[], NoReturn]] = {
            "fresh": lambda: os.execv(_ICP, [_ICP, *_run(home)]),
            "resident": lambda: _run_here(home),
        }
        for _ in range(rounds):
            for kind, child in started.items():
                forget_runs(home)
                for run in ("first", "unchanged"):
                    taken[run, kind].append(_taken(child))
    return {key: (_median(runs, 0), _median(runs, 1)) for key, runs in sorted(taken.items())}


def _run(home: Path) -> list[str]:
    return ["run", "--home", str(home)]


def _run_here(home: Path) -> NoReturn:
    # What the parent registered for its own end, such as to remove the home, is not the child's to do.
    atexit._clear()
    atexit.register(lambda: (home / _MODULES).write_text("\n".join(sys.modules), encoding="utf-8"))
    sys.argv = ["icp", *_run(home)]
    main()


def _import_what_a_run_imports(home: Path) -> None:
    """A first run in a child says what it had imported at its end."""
    _taken(lambda: _run_here(home))
    for name in (home / _MODULES).read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(Exception):  # names that a package gave to parts of itself
            importlib.import_module(name)


def _taken(child: Callable[[], NoReturn]) -> tuple[float, float]:
    """Seconds and processor seconds of a child process and its own; it must end well."""
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            child()
        except SystemExit as ended:
            status = int(ended.code or 0)
        finally:
            os._exit(status)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"icp run ended with {os.waitstatus_to_exitcode(status)}: run it by hand to see why.")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime


def _median(runs: list[tuple[float, float]], place: int) -> float:
    return statistics.median(run[place] for run in runs)


if __name__ == "__main__":
    for (run, kind), (seconds, processor) in measure_resident().items():
        print(f"{run:10} {kind:9} {seconds:5.1f} s {processor:5.1f} s of processors")
