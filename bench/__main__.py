"""`make bench`: writes a made-up company once, times everything on it, and prints what was reached."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.company import Company
from bench.measure import BenchError
from bench.pipeline import compile_once, run_pipeline, run_tiny
from bench.report import print_results, write_results
from bench.results import Machine, Results
from bench.rivals import Rivals

_HERE = Path(__file__).resolve().parent
_QUICK = (2_000, 200_000)
# Wide enough for the tables where nobody says how wide, such as in a log.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 150)


def cache_folder() -> Path:
    """Where companies and the peers' environments are kept: $ICP_BENCH_CACHE, else `bench/.cache`."""
    return Path(os.environ.get("ICP_BENCH_CACHE") or _HERE / ".cache").expanduser().resolve()


def main(
    accounts: Annotated[int, typer.Option(min=60, help="Companies in the CRM.")] = 50_000,
    events: Annotated[int, typer.Option(min=1000, help="Usage events.")] = 20_000_000,
    quick: Annotated[bool, typer.Option("--quick", help="A small company, to try the benchmark itself.")] = False,
    peers: Annotated[bool, typer.Option(help="Also time dbt-duckdb and SQLMesh.")] = True,
) -> None:
    """Time the pipeline by stage, beside bare DuckDB and its peers."""
    if quick:
        accounts, events = _QUICK
    company = Company(cache_folder() / f"company_{accounts}_{events}", accounts, events)
    results = Results(accounts, events, Machine.here())
    try:
        run_bench(results, company, peers)
    except BenchError as error:
        print_results(results, out)
        out.print(f"[bold red]error:[/bold red] {error}", soft_wrap=True)
        raise typer.Exit(1) from error
    # A trial run must not overwrite the numbers that the README quotes.
    folder = company.root if quick else _HERE
    write_results(results, folder)
    print_results(results, out)
    out.print(f"Written: {folder / 'RESULTS.md'} and results.json")


def run_bench(results: Results, company: Company, peers: bool) -> None:
    """Everything in one go, the pipeline first: the rivals read its lake and are compared with its tables."""
    _say(f"the company of {company.accounts:,} accounts and {company.events:,} events")
    company.write_once()
    company.forget_runs()
    results.landing_mb = company.landing_mb
    compile_once()
    _say("fixed start: a tiny company")
    results.fixed, results.fixed_again = run_tiny(company.root.parent / "company_tiny")
    _say("first run")
    results.first = run_pipeline("first run", company.home)
    # Before the other runs, for these change the lake that the rivals read.
    run_rivals(results, company, peers)
    _say("second run, nothing changed")
    results.unchanged = run_pipeline("second run", company.home)
    _say("one new day of events")
    results.new_day_rows = company.add_day()
    results.new_day = run_pipeline("new day", company.home)
    company.remove_day()


def run_rivals(results: Results, company: Company, peers: bool) -> None:
    """Bare DuckDB, and the peers with what bare DuckDB needed for the parts that are not theirs."""
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
