"""`make bench-nights`: runs one home night after night, each with a day of new files, and measures how it grows.

Nothing may grow faster than the data: a night's processor time, each part of the home, and each table of the history.
Writes bench/NIGHTS.md.
"""

from __future__ import annotations

import csv
import datetime
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import duckdb
import typer
import yaml
from rich.console import Console

from icp_pipeline.home import PROJECT, Home
from icp_pipeline.sample.write import write_sample
from icp_pipeline.terminal.disk_use import read_disk

RESULT = PROJECT / "bench" / "NIGHTS.md"
_ICP = str(Path(sys.executable).with_name("icp"))
_FIRST = datetime.date(2026, 11, 21)
_SETTINGS = {
    # Most files are never landed again, which guards would block. This measures growth, not guards.
    "guards": {"stale_days": 10_000, "stale_days_by_source": {}, "tier_moves": 0.99, "tier_1_lost": 0.99},
    # Lower than the defaults, so that retention limits are reached early.
    "retention": {"versions": 4, "runs": 8},
}
_EVENTS_A_NIGHT = 40
# Growth in processor time or size up to this factor may be chance.
_NOISE = 1.25
out = Console(highlight=False)


@dataclass(frozen=True)
class Night:
    """One night: processor seconds, bytes of each part of the home, rows of each history table."""

    number: int
    seconds: float
    parts: dict[str, int]
    live_version: int
    history: dict[str, int]

    @property
    def sizes(self) -> dict[str, int]:
        """Everything that takes disk space, in bytes, and the history's rows."""
        return {**self.parts, "the live version": self.live_version, "history, rows": sum(self.history.values())}


def main(
    nights: Annotated[int, typer.Option(min=6, help="Runs, each a day later than the one before.")] = 400,
    accounts: Annotated[int, typer.Option(min=60, help="Companies in the CRM.")] = 500,
    minutes: Annotated[float, typer.Option(min=0, help="Start no night after this many; 0 for no limit.")] = 0,
    write: Annotated[bool, typer.Option(help="Write bench/NIGHTS.md.")] = True,
) -> None:
    """Exit 1 if anything grew faster than the data. Ctrl-C ends early and reports the nights so far."""
    found: list[Night] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="icp_nights_") as folder, suppress(KeyboardInterrupt):
        for night in run_nights(Path(folder), nights, accounts, events=2_000):
            found.append(night)
            out.print(f"[dim]{night.number:,} of {nights:,} nights, this one {night.seconds:.1f} s[/dim]")
            if minutes and time.monotonic() - started > 60 * minutes:
                break
    faster = grew_faster(found)
    text = report(found, nights, accounts, faster)
    if write:
        RESULT.write_text(text, encoding="utf-8")
    out.print(text, markup=False, soft_wrap=True)
    raise typer.Exit(1 if faster else 0)


def run_nights(home: Path, nights: int, accounts: int, events: int) -> Iterator[Night]:
    """Run a made-up company for this many nights: first on the sample, then with one more day of files each night."""
    write_sample(home, accounts=accounts, events=events)
    settings = yaml.safe_load((PROJECT / "data" / "icp.yaml").read_text(encoding="utf-8")) | _SETTINGS
    (home / "icp.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    for number in range(nights):
        day = _FIRST + datetime.timedelta(days=number)
        if number:
            _land(home, day, number)
        before = _processor_seconds()
        command = [_ICP, "run", "--home", str(home), "--as-of", day.isoformat()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"night {number + 1}: {done.stderr.strip()}")
        yield _measured(home, number + 1, _processor_seconds() - before)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _land(home: Path, day: datetime.date, number: int) -> None:
    """Land one day's usage events and one trigger, the same amount each night."""
    usage = home / "landing" / "usage"
    with (usage / "groups.csv").open(encoding="utf-8-sig", newline="") as file:
        groups = sorted({row["group_id"] for row in csv.DictReader(file)})
    header = ["id", "received_at", "timestamp", "event", "event_text", "user_id", "anonymous_id", "context_group_id"]
    with (usage / f"tracks_{day}.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(header)
        for place in range(_EVENTS_A_NIGHT):
            at = f"{day}T{place % 24:02d}:00:00.000Z"
            group = groups[(number * 7 + place) % len(groups)]
            rows.writerow([f"night-{number}-{place}", at, at, "signed_in", "Signed In", f"u_n{place}", "", group])
    with (home / "landing" / "salesforce" / "Account.csv").open(encoding="utf-8-sig", newline="") as file:
        domains = sorted({row["Website"] for row in csv.DictReader(file) if row["Website"]})
    with (home / "landing" / "triggers" / f"night_{day}.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["account", "trigger", "happened_on", "strength", "source"])
        rows.writerow([domains[number % len(domains)], "new_executive", day, "strong", "nights"])


def _measured(home: Path, number: int, seconds: float) -> Night:
    parts = {str(row["part"]): int(row["bytes"]) for row in read_disk(Home(home))}
    live = (home / "warehouse" / "icp.duckdb").resolve()
    with duckdb.connect(str(live), read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'history'").fetchall()
        history = {name: _rows(connection, name) for (name,) in tables}
    return Night(number, seconds, parts, os.stat(live).st_size, history)  # noqa: PTH116


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    (count,) = connection.execute(f"select count(*) from history.{table}").fetchone() or (0,)
    return int(count)


def grew_faster(nights: list[Night]) -> list[str]:
    """What the last third of the nights took beyond what the third before it predicts."""
    third = len(nights) // 3
    middle, last = nights[-2 * third : -third], nights[-third:]
    found = []
    early, late = (statistics.median(night.seconds for night in part) for part in (middle, last))
    # The data grows linearly, and so may the time it takes.
    if late > _NOISE * early * (last[0].number / middle[0].number):
        found.append(f"processor time: {early:.1f} s, then {late:.1f} s per night")
    for name in nights[0].sizes:
        first, second = max(0, _growth(middle, name)), _growth(last, name)
        # DuckDB files grow and shrink by whole blocks, so one version's size varies by a few of them.
        if second > _NOISE * first + 0.02 * middle[-1].sizes[name]:
            found.append(f"{name}: +{first / third:,.0f} per night, then +{second / third:,.0f}")
    return found


def _growth(nights: list[Night], name: str) -> int:
    """How much it grew from the first of these nights to the last."""
    return nights[-1].sizes[name] - nights[0].sizes[name]


def report(nights: list[Night], asked: int, accounts: int, faster: list[str]) -> str:
    """Markdown: the home on five of its nights, what grows most in the history, and the verdict."""
    shown = [nights[round(share * (len(nights) - 1))] for share in (0, 1 / 4, 1 / 2, 3 / 4, 1)]
    names = list(nights[0].parts)
    stopped = f" (of {asked} planned)" if len(nights) < asked else ""
    lines = [
        "# A home after many nights",
        "",
        f"Written by `make bench-nights`: {len(nights)} nights{stopped} of a made-up company with {accounts:,} "
        f"accounts. Each night is a day later and lands {_EVENTS_A_NIGHT} usage events and one trigger. Sizes are in "
        "MB. Processor seconds are the median of the last ten nights, a rough figure if the machine did other work. "
        "4 versions and 8 Dagster runs are kept, so both limits are reached early.",
        "",
        "| night | processor s | history, rows | live version | " + " | ".join(f"`{name}`" for name in names) + " |",
        "|---:" * (4 + len(names)) + "|",
    ]
    for night in shown:
        last_ten = nights[max(0, night.number - 10) : night.number]
        seconds = statistics.median(item.seconds for item in last_ten)
        sizes = [night.live_version, *(night.parts[name] for name in names)]
        cells = [f"{seconds:.1f}", f"{sum(night.history.values()):,}", *(f"{size / 1e6:,.2f}" for size in sizes)]
        lines.append(f"| {night.number} | {' | '.join(cells)} |")
    lines += ["", "The history tables that grew most, in rows per night over the last third of the nights:", ""]
    lines += ["| table | rows | per night |", "|---|---:|---:|"]
    third = nights[-(len(nights) // 3) :]
    grown = {
        name: (rows - third[0].history.get(name, 0)) / (len(third) - 1) for name, rows in third[-1].history.items()
    }
    for name in sorted(grown, key=lambda item: -grown[item])[:8]:
        lines.append(f"| history.{name} | {third[-1].history[name]:,} | {grown[name]:,.1f} |")
    lines += ["", "Grew faster than the data: " + ("; ".join(faster) if faster else "nothing") + ".", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
