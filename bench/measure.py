"""Runs a command in a fresh process and measures seconds, processor seconds, and memory by stage."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]

_INTERVAL = 0.05
LIMIT_SECONDS = 3600
# `icp run` prints `  12.3 s  core: building 33 tables`; the bare script prints the same without the seconds.
_STAGE_LINE = re.compile(r"^\s*(?:[\d.]+ s\s+)?((?:landing|learning|publishing)(?=[:\s]|$)|[a-z]+(?=: building))")
# Everything before the first named stage is start-up.
START = "start"


class BenchError(RuntimeError):
    """A measured command failed, so its timing means nothing."""


@dataclass
class Stage:
    """One stage of a run: how long it took, and the peak memory and processor seconds of the process tree."""

    name: str
    seconds: float = 0.0
    peak_mb: float = 0.0
    cpu_seconds: float = 0.0


@dataclass
class Measured:
    """One run of one command."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    stages: list[Stage] = field(default_factory=list)
    output: str = ""

    def stage(self, name: str) -> Stage:
        """A stage by name; zeros if the run had no such stage."""
        return next((stage for stage in self.stages if stage.name == name), Stage(name))


def stage_named_in(line: str) -> str | None:
    """The stage that a progress line starts, if any."""
    match = _STAGE_LINE.match(line)
    return match.group(1) if match else None


def measure(
    name: str,
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    limit_seconds: float = LIMIT_SECONDS,
) -> Measured:
    """Run the command to its end; raises BenchError with the end of its output if it fails or takes too long."""
    cpu_before, started = _cpu_of_children(), time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {}), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    watch = _Watch(process)
    seconds = watch.until_end(started, limit_seconds)
    if process.returncode:
        tail = "\n".join(watch.lines[-25:])
        raise BenchError(f"{name} ended with exit code {process.returncode} after {seconds:.0f} s:\n{tail}")
    peak = max((stage.peak_mb for stage in watch.stages), default=0.0)
    cpu = _cpu_of_children() - cpu_before
    return Measured(name, seconds, cpu, peak, watch.stages, "\n".join(watch.lines))


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Watch:
    """Reads stage names from a process's output while its memory is sampled."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.stages = [Stage(START)]
        self._begun = time.perf_counter()
        self._cpu, self._cpu_begun = 0.0, 0.0
        assert process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._reader.start()

    def until_end(self, started: float, limit_seconds: float) -> float:
        """Sample until the process has ended; return its seconds."""
        tree = psutil.Process(self.process.pid)
        while self.process.poll() is None:
            used_mb, used_cpu = _used_by(tree)
            self.stages[-1].peak_mb = max(self.stages[-1].peak_mb, used_mb)
            self._cpu = max(self._cpu, used_cpu)
            if time.perf_counter() - started > limit_seconds:
                self.process.kill()
            time.sleep(_INTERVAL)
        seconds = time.perf_counter() - started
        self._reader.join(timeout=10)
        self._close_stage()
        return seconds

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.append(line.rstrip())
            name = stage_named_in(line)
            if name and name != self.stages[-1].name:
                self._close_stage()
                self.stages.append(Stage(name))

    def _close_stage(self) -> None:
        now, cpu = time.perf_counter(), self._cpu
        self.stages[-1].seconds += now - self._begun
        self.stages[-1].cpu_seconds += cpu - self._cpu_begun
        self._begun, self._cpu_begun = now, cpu


def _used_by(root: psutil.Process) -> tuple[float, float]:
    """Memory of a process and all its children in MB, and their processor seconds so far, of ended children too."""
    memory, cpu = 0, 0.0
    try:
        for process in [root, *root.children(recursive=True)]:
            memory += process.memory_info().rss
            cpu += sum(process.cpu_times()[:4])
    except psutil.Error:
        # A process that has just ended has no memory left to count.
        pass
    return memory / 1e6, cpu
