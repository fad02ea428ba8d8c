"""What was measured, and whether it meets the targets."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import os
import platform
import re
import statistics
import time
from dataclasses import dataclass, field
from typing import Any

import psutil  # type: ignore[import-untyped]

from bench.measure import Measured
from bench.pipeline import PipelineRun
from bench.rivals import Rival
from bench.small_home import ROUNDS, Wait

MAX_FIXED_SECONDS = 12.0
MAX_TIMES_BARE = 1.3
MAX_UNCHANGED_SECONDS = 15.0
MAX_NEW_DAY_SHARE = 0.20
MAX_PEAK_MB = 6000.0

_MODEL_LINE = re.compile(r"^  ([\d.]+) s  ([a-z_]+\.\w+)$", re.MULTILINE)
_PACKAGES = ("dagster", "duckdb", "great-expectations", "pandas", "pyarrow", "sqlglot")

_ADDITIONS = 20_000_000


def _seconds_of_work() -> float:
    start, total = time.perf_counter(), 0
    for number in range(_ADDITIONS):
        total += number
    return time.perf_counter() - start


@dataclass
class Target:
    """One target and what was measured; `reached` is None if it could not be measured."""

    asked: str
    measured: str
    reached: bool | None


@dataclass
class Machine:
    """The machine that was measured."""

    cores: int
    memory_gb: float
    python: str
    system: str
    load_before: float
    versions: dict[str, str]
    # Of one processor, for `_ADDITIONS`: the same kind of machine takes up to twice as long from one day to the next.
    work_seconds: float | None = None

    @property
    def speed(self) -> str:
        """How fast it was, so that seconds of different days can be compared."""
        if self.work_seconds is None:
            return "its speed was not measured"
        return f"{_ADDITIONS // 1_000_000} million additions in Python take {self.work_seconds:.2f} s"

    @classmethod
    def here(cls) -> Machine:
        """This machine, now."""
        return cls(
            cores=os.cpu_count() or 1,
            memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
            python=platform.python_version(),
            system=f"{platform.system()} {platform.machine()}",
            load_before=round(os.getloadavg()[0], 2),
            versions={name: importlib.metadata.version(name) for name in _PACKAGES},
            work_seconds=round(statistics.median(_seconds_of_work() for _ in range(3)), 2),
        )


@dataclass
class Results:
    """The results of one benchmark."""

    accounts: int
    events: int
    machine: Machine
    rounds: int = 1
    landing_mb: float = 0.0
    new_day_rows: int = 0
    # One for each round.
    new_day_shares: list[float] = field(default_factory=list)
    fixed: PipelineRun | None = None
    fixed_again: PipelineRun | None = None
    first: PipelineRun | None = None
    unchanged: PipelineRun | None = None
    new_day: PipelineRun | None = None
    bare: Measured | None = None
    small_home: list[Wait] = field(default_factory=list)
    rivals: list[Rival] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Everything, without the commands' output."""
        content = dataclasses.asdict(self)
        for run in (content[name] for name in ("fixed", "fixed_again", "first", "unchanged", "new_day")):
            if run:
                run["measured"].pop("output")
        if content["bare"]:
            content["bare"].pop("output")
        content["slowest_models"] = dict(slowest_models(self))
        content["targets"] = [dataclasses.asdict(target) for target in targets(self)]
        return content


def targets(results: Results) -> list[Target]:
    """Every target, compared with what was measured."""
    judged = [_fixed(results), _unchanged(results), _new_day(results), _memory(results), _times_bare(results)]
    judged += [_waited(wait) for wait in results.small_home]
    judged += [_faster(results, rival) for rival in results.rivals if rival.is_peer]
    return [target for target in judged if target]


def slowest_models(results: Results, number: int = 10) -> list[tuple[str, float]]:
    """The models that take bare DuckDB longest, with their seconds."""
    found = _MODEL_LINE.findall(results.bare.output) if results.bare else []
    return sorted(((name, float(seconds)) for seconds, name in found), key=lambda item: -item[1])[:number]


def without_start(results: Results, run: PipelineRun | None) -> float | None:
    """A run's seconds without the fixed start, which is a little shorter in a home that has run before."""
    start = results.fixed if run is results.first else results.fixed_again
    return run.measured.seconds - start.measured.seconds if run and start else None


def _fixed(results: Results) -> Target | None:
    if results.fixed is None:
        return None
    seconds = results.fixed.measured.seconds
    asked = f"fixed start (Python, Dagster, GX) at most {MAX_FIXED_SECONDS:.0f} s"
    return Target(asked, f"{seconds:.1f} s", seconds <= MAX_FIXED_SECONDS)


def _waited(wait: Wait) -> Target:
    asked = f"sample company, `{wait.command}` at most {wait.at_most:.1f} s (median of {ROUNDS})"
    return Target(asked, f"{wait.seconds:.2f} s, {wait.cpu_seconds:.2f} s of processors", wait.met)


def _unchanged(results: Results) -> Target | None:
    if results.unchanged is None:
        return None
    seconds, parsed = results.unchanged.measured.seconds, results.unchanged.files_parsed
    asked = f"unchanged second run: no file parsed, under {MAX_UNCHANGED_SECONDS:.0f} s in all"
    return Target(asked, f"{parsed} files, {seconds:.1f} s", parsed == 0 and seconds < MAX_UNCHANGED_SECONDS)


def _new_day(results: Results) -> Target | None:
    first, day = without_start(results, results.first), without_start(results, results.new_day)
    if not first or day is None:
        return None
    asked = f"one new day of events at most {MAX_NEW_DAY_SHARE:.0%} of the first run, without the fixed start"
    spread = ""
    if len(results.new_day_shares) > 1:
        spread = f" ({min(results.new_day_shares):.0%} to {max(results.new_day_shares):.0%})"
    return Target(asked, f"{day:.1f} s of {first:.1f} s: {day / first:.0%}{spread}", day / first <= MAX_NEW_DAY_SHARE)


def _memory(results: Results) -> Target | None:
    runs = [run for run in (results.fixed, results.first, results.unchanged, results.new_day) if run]
    if not runs:
        return None
    peak = max(run.measured.peak_mb for run in runs)
    return Target(f"peak memory under {MAX_PEAK_MB / 1000:.0f} GB", f"{peak / 1000:.2f} GB", peak < MAX_PEAK_MB)


def _times_bare(results: Results) -> Target | None:
    ours = without_start(results, results.first)
    if ours is None or results.bare is None:
        return None
    times = ours / results.bare.seconds
    learning = results.first.measured.stage("learning").seconds if results.first else 0.0
    return Target(
        f"whole pipeline without the fixed start at most {MAX_TIMES_BARE} x bare DuckDB",
        f"{ours:.1f} s : {results.bare.seconds:.1f} s = {times:.2f} x "
        f"({(ours - learning) / results.bare.seconds:.2f} x without the learning, which no SQL does)",
        times <= MAX_TIMES_BARE,
    )


def _faster(results: Results, rival: Rival) -> Target | None:
    """Compared only with a peer that checks what it builds, as the pipeline does."""
    asked = f"without the fixed start faster than {rival.name}"
    ours = without_start(results, results.first)
    if rival.missing or ours is None or results.first is None:
        return Target(asked, f"not measured: {rival.missing or 'no first run'}", None)
    if not rival.is_checking:
        return None
    whole = results.first.measured.seconds
    return Target(asked, f"{ours:.1f} s ({whole:.1f} s with the start) : {rival.seconds:.1f} s", ours < rival.seconds)
