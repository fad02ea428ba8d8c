"""`make bench`: writes a made-up company once, times everything on it, and prints which targets were met."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.company import Company
from bench.measure import BenchError
from bench.pipeline import PipelineRun, compile_once, middle_of, run_pipeline, run_tiny
from bench.readme import write_speed
from bench.report import print_results, write_results
from bench.results import Machine, Results
from bench.rivals import Rivals
from bench.small_home import lines, measure_small_home

_HERE = Path(__file__).resolve().parent
_QUICK = (2_000, 200_000)
# In a log, which has no width of its own: wide enough for the tables.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 150)


def cache_folder() -> Path:
    """Where companies and the peers' environments are kept: $ICP_BENCH_CACHE, else `bench/.cache`."""
    return Path(os.environ.get("ICP_BENCH_CACHE") or _HERE / ".cache").expanduser().resolve()


def main(
    accounts: Annotated[int, typer.Option(min=60, help="Companies in the CRM.")] = 50_000,
    events: Annotated[int, typer.Option(min=1000, help="Usage events.")] = 20_000_000,
    quick: Annotated[bool, typer.Option("--quick", help="A small company, to try the benchmark itself.")] = False,
    peers: Annotated[bool, typer.Option(help="Also time dbt-duckdb and SQLMesh.")] = True,
    rounds: Annotated[int, typer.Option(min=1, help="How often each run is timed; the median counts.")] = 3,
) -> None:
    """Time the pipeline by stage, next to bare DuckDB and its peers; a full benchmark updates the figures in README."""
    if quick:
        accounts, events = _QUICK
    company = Company(cache_folder() / f"company_{accounts}_{events}", accounts, events)
    results = Results(accounts, events, Machine.here(), rounds)
    try:
        run_bench(results, company, peers)
    except BenchError as error:
        print_results(results, out)
        out.print(f"[bold red]error:[/bold red] {error}", soft_wrap=True)
        raise typer.Exit(1) from error
    # A trial run must not overwrite the figures in README.
    folder = company.root if quick else _HERE
    write_results(results, folder)
    if not quick:
        write_speed(folder / "results.json")
    print_results(results, out)
    out.print(f"Written: {folder / 'RESULTS.md'} and results.json")


def run_bench(results: Results, company: Company, peers: bool) -> None:
    """All measurements, the pipeline first: the rivals read its lake and are compared with its tables."""
    _say(f"the company of {company.accounts:,} accounts and {company.events:,} events")
    company.write_once()
    results.landing_mb = company.landing_mb
    compile_once()
    results.small_home = measure_small_home(say=_say)
    out.print("\n".join(lines(results.small_home)))
    fixed, fixed_again, first, unchanged, new_day = [], [], [], [], []
    for number in range(results.rounds):
        company.forget_runs()
        _say(f"round {number + 1}: fixed start, a tiny company")
        for kept, run in zip((fixed, fixed_again), run_tiny(company.root.parent / "company_tiny"), strict=True):
            kept.append(run)
        _say("first run")
        first.append(run_pipeline("first run", company.home))
        if number == 0:
            # Before the other runs, which change the lake that the rivals read.
            run_rivals(results, company, peers)
        _say("second run, nothing changed")
        unchanged.append(run_pipeline("second run", company.home))
        _say("one new day of events")
        results.new_day_rows = company.add_day()
        new_day.append(run_pipeline("new day", company.home))
        results.new_day_shares.append(_share(new_day[-1], fixed_again[-1], first[-1], fixed[-1]))
    company.remove_day()
    results.fixed, results.fixed_again = middle_of(fixed), middle_of(fixed_again)
    results.first, results.unchanged, results.new_day = middle_of(first), middle_of(unchanged), middle_of(new_day)


def _share(day: PipelineRun, day_start: PipelineRun, first: PipelineRun, first_start: PipelineRun) -> float:
    """Seconds of a new day divided by those of a first run, both without their fixed start."""
    own, whole = (
        run.measured.seconds - start.measured.seconds for run, start in ((day, day_start), (first, first_start))
    )
    return own / whole


def run_rivals(results: Results, company: Company, peers: bool) -> None:
    """Bare DuckDB, then the peers; landing and exports, which peers do not do, are added from bare DuckDB."""
    rivals = Rivals(company.home, company.root.parent, _say)
    rivals.prepare()
    bare, results.bare = rivals.bare()
    results.rivals.append(bare)
    if peers:
        borrowed = results.bare.stage("landing").seconds + results.bare.stage("publishing").seconds
        results.rivals += rivals.dbt(borrowed)
        results.rivals += rivals.sqlmesh(borrowed)


def _say(what: str) -> None:
    out.print(f"[dim]measuring[/dim] {what} ...")


if __name__ == "__main__":
    typer.run(main)
