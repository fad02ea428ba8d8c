"""`make bench-scale`: a large company's first run, unchanged run and new day; few to very many events, also on Spark.

Writes its part of bench/scale.json, and bench/SCALE.md from it. The three parts take long and can be measured apart:
`python -m bench.scale company`, `python -m bench.scale landing`, `python -m bench.scale spark`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import duckdb
import psutil  # type: ignore[import-untyped]
import typer
from rich.console import Console

from bench.__main__ import cache_folder
from bench.company import Company
from bench.many_events import USERS, ManyEvents
from bench.pipeline import PipelineRun, compile_once, run_pipeline, run_tiny
from bench.results import Machine
from bench.spark import Usage, usage_on_workers
from icp_pipeline.home import PROJECT
from icp_pipeline.names import quoted
from icp_pipeline.warehouse.paths import shown_dir
from icp_pipeline.warehouse.versions import Version, newest

_FOLDER = PROJECT / "bench"
MOST_FIRST_SECONDS, MOST_PEAK_MB, MOST_NEW_DAY_SECONDS, MOST_DISK_TIMES = 120.0, 4000.0, 15.0, 1.2
# Peaks differ by so much between two runs of the same home, and costs on Spark between two sessions.
FLAT_TIMES = 1.25
# On a machine that does other work, too.
_LIMIT_SECONDS = 4 * 3600
app = typer.Typer(help=__doc__, add_completion=False)
out = Console(highlight=False)


@dataclass
class Kept:
    """What a run added to `warehouse/`, in MB: the version's own file and usage files that no version showed before.

    `own_mb` is the part of that file which it shares with no other: less than `version_mb` on XFS or Btrfs.
    `changed_mb` is the size of what differs from the version before: those usage files, and all tables with other rows.
    """

    version_mb: float
    own_mb: float
    usage_mb: float
    changed_mb: float

    @property
    def times(self) -> float:
        """Disk taken, as a multiple of what changed."""
        return (self.own_mb + self.usage_mb) / self.changed_mb


@dataclass
class Measurement:
    """One run: the figures of `bench.measure`, the load of the machine meanwhile, and the disk that it took."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    load: float
    stages: list[dict[str, Any]]
    events: int = 0
    new_events: int = 0
    files_parsed: int = 0
    landed_mb: float = 0.0
    lake_mb: float = 0.0
    kept: Kept | None = None

    @classmethod
    def of(cls, run: PipelineRun, **more: Any) -> Measurement:
        """From a run that has just ended."""
        found = run.measured
        stages = [asdict(stage) for stage in found.stages]
        load = round(os.getloadavg()[1], 1)
        figures = (found.name, found.seconds, found.cpu_seconds, found.peak_mb, load, stages)
        return cls(*figures, files_parsed=run.files_parsed, **more)

    def stage(self, name: str) -> dict[str, Any]:
        """A stage by name; zeros if the run had no such stage."""
        nothing = {"name": name, "seconds": 0.0, "peak_mb": 0.0, "cpu_seconds": 0.0}
        return next((stage for stage in self.stages if stage["name"] == name), nothing)


@dataclass
class Part:
    """What was measured at one time on one machine."""

    measured_on: str
    machine: dict[str, Any]
    about: dict[str, Any]
    runs: list[Measurement] = field(default_factory=list)

    @classmethod
    def now(cls, **about: Any) -> Part:
        """On this machine, today."""
        return cls(f"{datetime.now(UTC):%Y-%m-%d}", asdict(Machine.here()), about)

    @classmethod
    def read(cls, content: dict[str, Any]) -> Part:
        """From JSON."""
        runs = [Measurement(**run | {"kept": Kept(**run["kept"]) if run["kept"] else None}) for run in content["runs"]]
        return cls(**content | {"runs": runs})


@app.command()
def company(
    accounts: Annotated[int, typer.Option(min=60, help="Companies in the CRM.")] = 200_000,
    events: Annotated[int, typer.Option(min=1000, help="Usage events.")] = 60_000_000,
    write: Annotated[bool, typer.Option(help="Write bench/SCALE.md.")] = True,
) -> None:
    """First run, unchanged run and a new day of a large company."""
    made = Company(cache_folder() / f"company_{accounts}_{events}", accounts, events)
    _say(f"the company of {accounts:,} accounts and {events:,} events")
    made.write_once()
    made.forget_runs()
    compile_once()
    file_system = _file_system(made.root)
    part = Part.now(accounts=accounts, events=events, landed_mb=made.landing_mb, file_system=file_system)
    for name, run in zip(("start", "start again"), run_tiny(cache_folder() / "company_tiny"), strict=True):
        part.runs.append(replace(Measurement.of(run), name=name))
    for name in ("first run", "second run", "new day"):
        if name == "new day":
            part.about["new_day_rows"] = made.add_day()
        _say(name)
        before = newest(made.home.root)
        taken = Measurement.of(run_pipeline(name, made.home, _LIMIT_SECONDS), lake_mb=_size(made.home.lake))
        version = newest(made.home.root)
        taken.kept = kept(version, before, shown_dir(made.home.root)) if version else None
        part.runs.append(taken)
        _finish("company", part, write)
    made.remove_day()


@app.command()
def landing(
    millions: Annotated[str, typer.Option(help="Millions of events, the fewest first.")] = "20,100,300",
    write: Annotated[bool, typer.Option(help="Write bench/SCALE.md.")] = True,
) -> None:
    """First runs of a home with few accounts and ever more events."""
    made, before = ManyEvents(cache_folder() / "many_events"), 0
    made.forget()
    compile_once()
    part = Part.now(accounts=made.accounts, users=USERS, events_a_file=made.events_a_file)
    for million in map(int, millions.split(",")):
        _say(f"{million:,} million events")
        events = million * 1_000_000
        about = {"events": events, "new_events": events - before, "landed_mb": made.land(events)}
        run = run_pipeline(f"{million} million", made.home, _LIMIT_SECONDS)
        part.runs.append(Measurement.of(run, **about, lake_mb=_size(made.home.lake)))
        before = events
        # After each, because the next takes several times as long.
        _finish("landing", part, write)


@app.command()
def spark(
    millions: Annotated[str, typer.Option(help="Millions of events, the fewest first.")] = "20,100,300",
    write: Annotated[bool, typer.Option(help="Write bench/SCALE.md.")] = True,
) -> None:
    """The models that read usage, on one Spark worker, in homes with few accounts and ever more events."""
    made = ManyEvents(cache_folder() / "many_events_on_spark")
    made.forget()
    compile_once()
    part = Part.now(accounts=made.accounts, users=USERS)
    for million in map(int, millions.split(",")):
        _say(f"{million:,} million events")
        landed_mb = made.land(million * 1_000_000)
        run_pipeline(f"{million} million", made.home, _LIMIT_SECONDS)
        # In the cache, because a disk in memory would not hold what Spark sorts.
        with tempfile.TemporaryDirectory(prefix="spark_", dir=made.root) as folder:
            usage = usage_on_workers(made.home, Path(folder), 1)
        part.runs.append(on_spark(usage, million * 1_000_000, landed_mb))
        _finish("spark", part, write)


def on_spark(usage: Usage, events: int, landed_mb: float) -> Measurement:
    """Models as stages, in seconds of the clock; memory is not measured."""
    stages = [{"name": name, "seconds": s, "cpu_seconds": 0.0, "peak_mb": 0.0} for name, s in usage.seconds.items()]
    load = round(os.getloadavg()[1], 1)
    figures = (usage.engine, usage.total, usage.processor, 0.0, load, stages)
    return Measurement(*figures, events=events, new_events=events, landed_mb=landed_mb)


def kept(version: Version, before: Version | None, shown: Path) -> Kept:
    """What a version takes of the disk, and how much of it differs from the version before.

    `shown` is the folder of the usage files.
    """
    known = set(before.files) if before else set()
    usage = sum((shown / name).stat().st_size for name in version.files if name not in known)
    contents, sizes = _tables(version.path)
    earlier, _ = _tables(before.path) if before else ({}, {})
    differing = sum(size for name, size in sizes.items() if earlier.get(name) != contents.get(name, ""))
    share = differing / max(1, sum(sizes.values()))
    return Kept(version.size / 1e6, own_bytes(version.path) / 1e6, usage / 1e6, (usage + share * version.size) / 1e6)


def _tables(database: Path) -> tuple[dict[str, str], dict[str, int]]:
    """Content hash and number of blocks of each table; a table of the history has no hash, and differs in each run."""
    with duckdb.connect(str(database), read_only=True) as connection:
        contents = dict(
            connection.execute("select table_name, content_hash from history.table_fingerprints").fetchall()
        )
        tables = connection.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
        sizes = {}
        for schema, table in tables:
            place = f"{quoted(schema)}.{quoted(table)}".replace("'", "''")
            row = connection.execute(f"select count(distinct block_id) from pragma_storage_info('{place}')").fetchone()
            sizes[f"{schema}.{table}"] = row[0] if row else 0
    return contents, sizes


def own_bytes(path: Path) -> int:
    """Bytes on the disk that a file shares with no other, as the command `filefrag` says."""
    said = subprocess.run(["filefrag", "-v", str(path)], capture_output=True, text=True, check=True).stdout
    (block_bytes,) = map(int, re.findall(r"blocks? of (\d+) bytes", said))
    extents = re.findall(r"^ *\d+:.*\.\. *\d+: +(\d+):(.*)$", said, re.MULTILINE)
    return block_bytes * sum(int(blocks) for blocks, flags in extents if "shared" not in flags)


def _size(folder: Path) -> float:
    """MB of a folder's files; hard links to the same file count once."""
    files = (path.stat() for path in folder.rglob("*") if path.is_file())
    return sum({facts.st_ino: facts.st_size for facts in files}.values()) / 1e6


def _file_system(folder: Path) -> str:
    """The kind of file system that a folder is on, such as `ext4`."""
    around = {Path(disk.mountpoint): disk.fstype for disk in psutil.disk_partitions(all=True)}
    return next(around[place] for place in (folder, *folder.parents) if place in around)


def _finish(name: str, part: Part, write: bool) -> None:
    """Add a part to the figures, write the page, and show it."""
    path = _FOLDER / "scale.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    content = known | {name: asdict(part)}
    text = report({key: Part.read(value) for key, value in content.items()})
    if write:
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        (_FOLDER / "SCALE.md").write_text(text, encoding="utf-8")
    out.print(text, markup=False, soft_wrap=True)


def report(parts: dict[str, Part]) -> str:
    """The page: all parts, as far as they were measured, and the targets."""
    lines = ["# Large homes on one machine", "", "Written by `make bench-scale`.", ""]
    for name, shown in (("company", _company_lines), ("landing", _landing_lines), ("spark", _spark_lines)):
        if name in parts:
            lines += [*shown(parts[name]), ""]
    judged = [f"| {asked} | {found} | {'ok' if reached else 'miss'} |" for asked, found, reached in targets(parts)]
    if judged:
        lines += ["## Targets", "", "| target | measured | |", "|---|---|---|", *judged, ""]
    return "\n".join(lines)


def targets(parts: dict[str, Part]) -> Iterator[tuple[str, str, bool]]:
    """What was asked, what was measured, and whether that is reached. Seconds are those of the clock."""
    runs = {run.name: run for run in parts["company"].runs} if "company" in parts else {}
    if first := runs.get("first run"):
        yield _seconds_target("first run", first, first.seconds, MOST_FIRST_SECONDS)
        asked, found = f"first run at most {MOST_PEAK_MB / 1000:.0f} GB", f"{first.peak_mb / 1000:.2f} GB"
        yield asked, found, first.peak_mb <= MOST_PEAK_MB
    if day := runs.get("new day"):
        own = day.seconds - runs["start again"].seconds
        yield _seconds_target("new day, without the fixed start,", day, own, MOST_NEW_DAY_SECONDS)
    for run in map(runs.get, ("second run", "new day")):
        if run and run.kept:
            asked = f"disk of a version at most {MOST_DISK_TIMES} x what changed: {run.name}"
            taken = run.kept.own_mb + run.kept.usage_mb
            found = f"{taken:,.0f} MB : {run.kept.changed_mb:,.0f} MB = {run.kept.times:.2f} x"
            yield asked, found, run.kept.times <= MOST_DISK_TIMES
    if "landing" in parts and len(parts["landing"].runs) > 1:
        few, *_, many = parts["landing"].runs
        times = many.stage("landing")["peak_mb"] / few.stage("landing")["peak_mb"]
        yield (
            f"memory of landing flat from {few.events / 1e6:,.0f} to {many.events / 1e6:,.0f} million events "
            f"(at most {FLAT_TIMES} x)",
            f"{times:.2f} x",
            times <= FLAT_TIMES,
        )
    if "spark" in parts and len(parts["spark"].runs) > 1:
        few, *_, many = parts["spark"].runs
        times = microseconds_an_event(many) / microseconds_an_event(few)
        yield (
            f"cost of an event on Spark flat from {few.events / 1e6:,.0f} to {many.events / 1e6:,.0f} million events "
            f"(at most {FLAT_TIMES} x)",
            f"{times:.2f} x",
            times <= FLAT_TIMES,
        )


def microseconds_an_event(run: Measurement) -> float:
    """Of processors, in all models that read usage."""
    return run.cpu_seconds / run.events * 1e6


def _seconds_target(what: str, run: Measurement, seconds: float, at_most: float) -> tuple[str, str, bool]:
    busy = f" at a load of {run.load}" if run.load > (os.cpu_count() or 1) + 1 else ""
    return (
        f"{what} at most {at_most:.0f} s on a quiet machine",
        f"{seconds:,.0f} s{busy}; {run.cpu_seconds:,.0f} s of processors",
        seconds <= at_most,
    )


def _on(part: Part) -> str:
    machine, loads = Machine(**part.machine), [run.load for run in part.runs]
    return (
        f"Measured on {part.measured_on}: {machine.cores} processors, {machine.memory_gb} GB, {machine.system}, "
        f"Python {machine.python}, DuckDB {machine.versions['duckdb']}; {machine.speed}. Load average "
        f"{min(loads)} to {max(loads)} at the end of the runs (five minutes each); above the number of processors, "
        "only memory, disk and processor seconds say something."
    )


def _company_lines(part: Part) -> Iterator[str]:
    about, runs = part.about, {run.name: run for run in part.runs}
    yield f"## {about['accounts']:,} accounts, {about['events']:,} usage events"
    yield ""
    new_day = f", {about['new_day_rows']:,} rows on the new day" if "new_day_rows" in about else ""
    yield f"{about['landed_mb'] / 1000:,.1f} GB landed{new_day}. {_on(part)}"
    yield ""
    head = (
        "run",
        "seconds",
        "processor s",
        "peak MB",
        "files parsed",
        "lake MB",
        "version MB",
        "its own MB",
        "new usage files MB",
    )
    yield "| " + " | ".join((*head, "changed MB")) + " |"
    yield "|---" + "|---:" * len(head) + "|"
    for run in part.runs:
        disk = ["", "", "", ""]
        if run.kept:
            sizes = (run.kept.version_mb, run.kept.own_mb, run.kept.usage_mb, run.kept.changed_mb)
            disk = [f"{size:,.0f}" for size in sizes]
        lake = f"{run.lake_mb:,.0f}" if run.lake_mb else ""
        figures = (f"{run.seconds:,.1f}", f"{run.cpu_seconds:,.1f}", f"{run.peak_mb:,.0f}", str(run.files_parsed), lake)
        yield "| " + " | ".join((run.name, *figures, *disk)) + " |"
    yield ""
    yield (
        f"`start` is a run of a company of 60 accounts. The home is on {about['file_system']}. Its own: blocks of the "
        "version's file that no other file shares. Changed: new usage files, and the whole of each table that has "
        "other rows than in the version before."
    )
    yield ""
    shown = [runs[name] for name in ("first run", "second run", "new day") if name in runs]
    yield "| stage | " + " | ".join(f"{run.name}: s | processor s | peak MB" for run in shown) + " |"
    yield "|---" + "|---:" * 3 * len(shown) + "|"
    for name in (stage["name"] for stage in shown[0].stages):
        cells = []
        for run in shown:
            stage = run.stage(name)
            cells += [f"{stage['seconds']:,.1f}", f"{stage['cpu_seconds']:,.1f}", f"{stage['peak_mb']:,.0f}"]
        yield "| " + " | ".join((name, *cells)) + " |"


def _landing_lines(part: Part) -> Iterator[str]:
    yield "## From few to very many events"
    yield ""
    yield (
        f"First runs of homes with {part.about['accounts']:,} accounts and {part.about['users']:,} users. A file holds "
        f"{part.about['events_a_file']:,} events of six days, and the end of the file before. The lake is kept from "
        f"one row to the next, so only new files are parsed; all events are compared. {_on(part)}"
    )
    yield ""
    yield (
        "| events | of these new | files, GB | lake, GB | seconds | processor s | landing: s | processor s | "
        "microseconds a new event | peak MB | core: peak MB | whole run: peak MB |"
    )
    yield "|---:" * 12 + "|"
    for run in part.runs:
        landed, core = run.stage("landing"), run.stage("core")
        cells = (
            f"{run.events:,}",
            f"{run.new_events:,}",
            f"{run.landed_mb / 1000:,.1f}",
            f"{run.lake_mb / 1000:,.1f}",
            f"{run.seconds:,.0f}",
            f"{run.cpu_seconds:,.0f}",
            f"{landed['seconds']:,.0f}",
            f"{landed['cpu_seconds']:,.0f}",
            f"{landed['cpu_seconds'] / run.new_events * 1e6:,.2f}",
            f"{landed['peak_mb']:,.0f}",
            f"{core['peak_mb']:,.0f}",
            f"{run.peak_mb:,.0f}",
        )
        yield "| " + " | ".join(cells) + " |"


def _spark_lines(part: Part) -> Iterator[str]:
    yield "## From few to very many events on Spark"
    yield ""
    yield (
        f"The models that read usage, each built whole from the lake, on a standalone Spark with one worker of one "
        f"core and 1 GB, through its Connect server; {part.about['accounts']:,} accounts and "
        f"{part.about['users']:,} users. {_on(part)}"
    )
    yield ""
    slowest = max(part.runs[-1].stages, key=lambda stage: stage["seconds"])["name"]
    yield f"| events | files, GB | seconds | of these {slowest} | processor s | microseconds an event |"
    yield "|---:" * 6 + "|"
    for run in part.runs:
        cells = (
            f"{run.events:,}",
            f"{run.landed_mb / 1000:,.1f}",
            f"{run.seconds:,.0f}",
            f"{run.stage(slowest)['seconds']:,.0f}",
            f"{run.cpu_seconds:,.0f}",
            f"{microseconds_an_event(run):,.2f}",
        )
        yield "| " + " | ".join(cells) + " |"


def _say(what: str) -> None:
    out.print(f"[dim]measuring[/dim] {what} ...")


if __name__ == "__main__":
    app()
