"""How long a user of the sample company waits: for the first run, the next night, and the commands that read.

To run it alone: `python -m bench.small_home`.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.company import forget_runs
from bench.measure import Measured, measure
from icp_pipeline.home import PROJECT
from icp_pipeline.sample.write import write_sample

ROUNDS = 5
# Seconds at most (the median of all rounds), on an idle machine with two cores.
TARGETS = {
    "icp run, first": 6.0,
    "icp run, unchanged": 5.0,
    "icp check": 2.0,
    "icp explain": 0.6,
    "icp versions": 0.6,
    "icp diff": 0.6,
}


@dataclass(frozen=True)
class Wait:
    """One command: medians of its seconds and of its processor seconds."""

    command: str
    seconds: float
    cpu_seconds: float
    at_most: float

    @property
    def met(self) -> bool:
        """Whether it meets its target."""
        return self.seconds <= self.at_most


def measure_small_home(rounds: int = ROUNDS, say: Callable[[str], None] = lambda _: None) -> list[Wait]:
    """Time each command in fresh processes on the sample company; commands that read use what the runs published."""
    taken: dict[str, list[Measured]] = {command: [] for command in TARGETS}
    with tempfile.TemporaryDirectory(prefix="icp_bench_") as folder:
        home = Path(folder)
        write_sample(home)
        shutil.copy(PROJECT / "data" / "icp.yaml", home / "icp.yaml")
        # Warm up, as for any user after the first time: compiled code, parsed models, checked rules.
        _take("icp check", home)
        for number in range(rounds):
            say(f"small home, round {number + 1}")
            forget_runs(home)
            for command, runs in taken.items():
                runs.append(_take(command, home))
    return [_middle(command, runs) for command, runs in taken.items()]


def _take(command: str, home: Path) -> Measured:
    words = command.partition(",")[0].split()
    about = ["sf-001Hs0000FiNR7iIQG"] if words[1] == "explain" else []
    return measure(command, [Path(sys.executable).with_name(words[0]), *words[1:], *about, "--home", home])


def _middle(command: str, runs: list[Measured]) -> Wait:
    seconds, cpu = ([getattr(run, name) for run in runs] for name in ("seconds", "cpu_seconds"))
    return Wait(command, statistics.median(seconds), statistics.median(cpu), TARGETS[command])


def lines(waits: list[Wait]) -> list[str]:
    """A line for each command."""
    return [
        f"{wait.command:<20} {wait.seconds:6.2f} s, {wait.cpu_seconds:6.2f} s of processors, "
        f"at most {wait.at_most:.1f} s: {'met' if wait.met else 'not met'}"
        for wait in waits
    ]


if __name__ == "__main__":
    print("\n".join(lines(measure_small_home(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))))
