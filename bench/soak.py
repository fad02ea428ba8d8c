"""`make bench-soak`: hundreds of runs on one home, many of them killed, while readers have the published files open.

Each run lands a new file first, in an environment drawn at random; some are preceded by a mishap that homes meet in
practice (`soak_situations.py`). At the end the home is compared, row by row, with one that ran once, undisturbed.
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console

from bench.soak_situations import SITUATIONS, SURROUNDINGS
from icp_pipeline.activation.manifest import verify
from icp_pipeline.errors import PublishError
from icp_pipeline.home import PROJECT
from icp_pipeline.sample.write import write_sample

READERS = 3
_ICP = str(Path(sys.executable).with_name("icp"))
_TABLES = ("core.accounts", "core.deals", "core.account_usage_daily", "core.account_triggers", "icp.account_tiers")
# These must differ between the two homes: when, and in which run, an account reached its tier.
_OWN = ("tier_since", "as_of", "previous_tier", "candidate_tier", "candidate_as_of")
out = Console(highlight=False)


@dataclass
class Soak:
    """The counts of one soak, and what went wrong."""

    runs: int = 0
    published: int = 0
    kills: int = 0
    stops: int = 0
    situations: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    failed_runs: list[str] = field(default_factory=list)
    reads: int = 0
    failed_reads: int = 0
    why: list[str] = field(default_factory=list)
    versions_seen: int = 0
    lost: int = 0
    doubled: int = 0
    partial: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether no read failed, no row was lost or doubled, no partial file remained and nothing else went wrong."""
        faults = self.failed_reads or self.lost or self.doubled or self.partial or self.failed_runs or self.wrong
        return not faults


def main(
    runs: Annotated[int, typer.Option(min=2, help="Runs, killed ones included.")] = 200,
    accounts: Annotated[int, typer.Option(min=60, help="Companies in the CRM.")] = 500,
    events: Annotated[int, typer.Option(min=1000, help="Usage events.")] = 2_000,
    kill_share: Annotated[float, typer.Option(min=0, max=1, help="Share of the runs that are killed.")] = 0.4,
    situation_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the runs that a situation precedes.")
    ] = 0.3,
    seed: Annotated[int, typer.Option(help="The same seed kills the same runs.")] = 1,
    minutes: Annotated[float, typer.Option(min=0, help="After this many, start only the last run; 0: no limit.")] = 0,
) -> None:
    """Run, kill and read; exit 1 if anything was lost, doubled, torn or left half-written."""
    with tempfile.TemporaryDirectory(prefix="icp_soak_") as folder:
        happening = _dealt(runs, [*SITUATIONS], situation_share, random.Random(seed))
        found = soak(Path(folder), runs, accounts, events, kill_share, random.Random(seed), happening, minutes)
    show(found)
    raise typer.Exit(0 if found.is_clean else 1)


def _dealt(runs: int, names: Sequence[str], share: float, chance: random.Random) -> list[str]:
    """The situation before each run, mostly none; all situations are about equally frequent."""
    happening: list[str] = []
    waiting: list[str] = []
    for _ in range(runs):
        waiting = waiting or chance.sample(list(names), len(names))
        happening.append(waiting.pop() if chance.random() < share else "")
    return happening


def soak(
    folder: Path,
    runs: int,
    accounts: int,
    events: int,
    kill_share: float,
    chance: random.Random,
    happening: Sequence[str] = (),
    minutes: float = 0,
) -> Soak:
    """Soak a new company in `folder`; `happening` names the situation before each run."""
    home, found, started = folder / "home", Soak(), time.monotonic()
    write_sample(home, accounts=accounts, events=events)
    shutil.copy(PROJECT / "data" / "icp.yaml", home)
    typical = _run(home, found, None)
    with _readers(home, folder, found):
        for number in range(1, runs):
            if minutes and time.monotonic() - started > 60 * minutes:
                break
            _land(home, number)
            if number == runs // 2:
                _hundredfold(home, found)
            if name := dict(enumerate(happening)).get(number):
                found.situations[name] += 1
                found.wrong += [f"{name}: {wrong}" for wrong in SITUATIONS[name](home)]
            kill_after = chance.uniform(0, typical * 1.1) if chance.random() < kill_share else None
            ending = signal.SIGKILL if chance.random() < 0.5 else signal.SIGTERM
            seconds = _run(home, found, kill_after, ending=ending, **chance.choice(({}, *SURROUNDINGS)))
            typical = 0.8 * typical + 0.2 * seconds if kill_after is None else typical
            if number % 10 == 0:
                out.print(f"[dim]{number:,} of {runs:,} runs, {found.kills + found.stops:,} killed or stopped[/dim]")
        _run(home, found, None)
    found.partial = _partial(home)
    _compare(home, folder / "untouched", found)
    found.seconds = time.monotonic() - started
    return found


def _run(
    home: Path,
    found: Soak,
    kill_after: float | None,
    *options: str,
    ending: signal.Signals = signal.SIGKILL,
    **surroundings: str,
) -> float:
    """Run `icp run`, ended after `kill_after` seconds if given; return the seconds it took."""
    started = time.monotonic()
    command = [_ICP, "run", "--home", str(home), *options]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=os.environ | surroundings
    )
    found.runs += 1
    try:
        _, said = process.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        process.send_signal(ending)
        _, said = process.communicate()
        _take_stopped(process.returncode, said.strip(), ending, found)
        return time.monotonic() - started
    found.published += process.returncode == 0
    if process.returncode:
        found.failed_runs.append(said.strip()[:300])
    return time.monotonic() - started


def _take_stopped(code: int, said: str, ending: signal.Signals, found: Soak) -> None:
    """Count a run that was ended: SIGKILL leaves no output; SIGTERM leaves one line, unless the run was done."""
    if ending == signal.SIGKILL:
        found.kills += 1
        return
    found.stops += 1
    found.published += code == 0
    # Until its signal handler is set, it ends as any program does.
    unheard = code == -ending and not said
    in_words = code in (1, 130) and said.startswith("error: interrupted") and len(said.splitlines()) == 1
    after = code == 0 and (not said or said.startswith("note: interrupted after"))
    if not (unheard or in_words or after):
        found.wrong.append(f"stopped, exit {code}: {said[:300]}")


def _land(home: Path, number: int) -> None:
    """Land one more file of triggers, so that no two runs have the same inputs."""
    with (home / "landing" / "triggers" / f"soak_{number:04d}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["account", "trigger", "happened_on", "strength", "source"])
        for domain in _domains(home)[number % 7 :: 7][:5]:
            writer.writerow([domain, "new_executive", "2026-11-01", "strong", f"soak {number}"])


def _domains(home: Path) -> list[str]:
    with (home / "landing" / "salesforce" / "Account.csv").open(encoding="utf-8-sig", newline="") as file:
        return sorted({row["Website"] for row in csv.DictReader(file) if row["Website"]})


def _hundredfold(home: Path, found: Soak) -> None:
    """Make one file a hundred times as large, then restore it; accept both changes."""
    path = max((home / "landing" / "usage").glob("tracks_*.csv"), key=lambda item: item.stat().st_size)
    kept = path.read_bytes()
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    at = header.index("id")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for copy in range(100):
            writer.writerows([*row[:at], f"{row[at]}-{copy}", *row[at + 1 :]] for row in rows)
    _run(home, found, None, "--accept", "soak: a file 100 times as large")
    path.write_bytes(kept)
    _run(home, found, None, "--accept", "soak: the file as it was")


@contextmanager
def _readers(home: Path, folder: Path, found: Soak) -> Iterator[None]:
    """Start three processes that read throughout; collect their counts at the end."""
    stop = folder / "stop"
    reports = [folder / f"reader_{number}.json" for number in range(READERS)]
    command = [sys.executable, "-m", "bench.soak_reader", str(home), str(stop)]
    processes = [subprocess.Popen([*command, str(report)]) for report in reports]
    try:
        yield
    finally:
        stop.touch()
        for process in processes:
            process.wait()
    for report in reports:
        said = json.loads(report.read_text())
        found.reads += said["reads"]
        found.failed_reads += said["failed"]
        found.why += said["why"]
        found.versions_seen = max(found.versions_seen, said["versions"])


def _partial(home: Path) -> list[str]:
    """Incomplete files under a final name, and anything that dead runs left behind."""
    strange = [str(path) for path in (home / "exports").glob(".*")]
    for folder in (home / "exports").iterdir():
        if not folder.is_symlink() and not folder.name.startswith("."):
            with suppress(PublishError):
                verify(folder)
                continue
            strange.append(str(folder))
    versions = list((home / "warehouse" / "versions").iterdir())
    whole = {path.stem for path in versions if path.suffix == ".duckdb"} & {
        path.stem for path in versions if path.suffix == ".json"
    }
    strange += [str(path) for path in versions if path.stem not in whole]
    return strange + [str(path) for path in (home / "warehouse" / "work").iterdir()]


def _compare(home: Path, untouched: Path, found: Soak) -> None:
    """Compare the tables that people rely on with those of a home that ran once on the same files."""
    untouched.mkdir()
    shutil.copytree(home / "landing", untouched / "landing")
    shutil.copy(home / "icp.yaml", untouched)
    _run(untouched, found, None)
    paths = [str((one / "warehouse" / "icp.duckdb").resolve()) for one in (home, untouched)]
    with duckdb.connect() as connection:
        for name, path in zip(("soaked", "expected"), paths, strict=True):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        for table in _TABLES:
            columns = [row[0] for row in connection.execute(f"describe expected.{table}").fetchall()]
            listed = ", ".join(f'"{column}"' for column in _comparable(table, columns))
            one, other = (f"select {listed} from {name}.{table}" for name in ("soaked", "expected"))
            found.lost += _count(connection, f"{other} except all {one}")
            found.doubled += _count(connection, f"{one} except all {other}")


def _comparable(table: str, columns: list[str]) -> list[str]:
    """The columns to compare. Tiers depend on history (near an edge an account keeps its tier): only their keys."""
    return ["account_id", "icp_id"] if table == "icp.account_tiers" else [name for name in columns if name not in _OWN]


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(f"select count(*) from ({query})").fetchone()
    return int(row[0]) if row else 0


def show(found: Soak) -> None:
    """Print what happened, one line per figure."""
    lines = {
        "runs": f"{found.runs:,} ({found.published:,} published)",
        "killed": f"{found.kills:,}",
        "stopped by SIGTERM": f"{found.stops:,}",
        "situations": ", ".join(f"{name} {count}" for name, count in sorted(found.situations.items())) or "none",
        "situations that went wrong": f"{len(found.wrong):,}",
        "runs that failed by themselves": f"{len(found.failed_runs):,}",
        "reads": f"{found.reads:,} of up to {found.versions_seen:,} versions, by {READERS} readers",
        "failed reads": f"{found.failed_reads:,}",
        "rows lost": f"{found.lost:,}",
        "rows doubled or unexpected": f"{found.doubled:,}",
        "partial or left-over files": f"{len(found.partial):,}",
        "minutes": f"{found.seconds / 60:.1f}",
    }
    for name, value in lines.items():
        out.print(f"{name:32} {value}", soft_wrap=True)
    for detail in (*found.wrong[:5], *found.failed_runs[:3], *found.why[:3], *found.partial[:3]):
        out.print(f"  {detail}", soft_wrap=True, markup=False)


if __name__ == "__main__":
    typer.run(main)
