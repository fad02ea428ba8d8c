"""`make bench-spark`: compares a company built on DuckDB and on Spark, table by table; times usage on 1 to 4 workers.

Writes bench/SPARK.md. On a machine with two processors, workers share them, so it shows what more workers cost.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console

from bench.__main__ import cache_folder
from bench.company import Company
from bench.measure import measure
from bench.results import Machine
from bench.spark_cluster import cluster
from icp_pipeline.home import PROJECT, SQL, Home
from icp_pipeline.models.graph import ModelGraph, load_models
from icp_pipeline.names import quoted
from icp_pipeline.run.read_plan import read_plan
from icp_pipeline.settings.engines import SparkSettings
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.tables import settings_tables
from icp_pipeline.sources.lake import land
from icp_pipeline.spark.placement import models_on_spark
from icp_pipeline.spark.spark_engine import spark_engine
from icp_pipeline.warehouse.build import Build, open_build
from icp_pipeline.warehouse.shown_files import shown_inputs

RESULT = PROJECT / "bench" / "SPARK.md"
_ICP = Path(sys.executable).with_name("icp")
_ACCOUNTS, _EVENTS = 50_000, 20_000_000
_WORKERS = (1, 2, 4)
_RUN = "bench_spark"
# What differs between any two runs: id, times, and the fingerprints of tables.
OF_THE_RUN = {"history.runs", "history.table_fingerprints", "history.table_rebuilds"}
_WHEN = {"run_id", "learned_at", "promoted_at", "changed_at", "last_modified"}
_CLOCK_OF_THE_RUN = {("icp.run_order", "started_at")}
# Digits of doubles that must agree; everything else must be identical.
_DIGITS = 12
out = Console(highlight=False)


@dataclass(frozen=True)
class Usage:
    """The models that read usage, built once by one engine: seconds to start it, and for each model."""

    engine: str
    start: float
    seconds: dict[str, float]
    # Processor seconds of all its processes while models were built.
    processor: float

    @property
    def total(self) -> float:
        """Seconds of all models."""
        return sum(self.seconds.values())


@dataclass(frozen=True)
class Compared:
    """Whole runs of one company on both engines: seconds, and the tables that differ, with the reason."""

    duckdb_seconds: float
    spark_seconds: float
    tables: int
    rows: int
    differing: list[str]


def main(
    accounts: Annotated[int, typer.Option(min=60, help="Companies in the CRM.")] = _ACCOUNTS,
    events: Annotated[int, typer.Option(min=1000, help="Usage events.")] = _EVENTS,
    models: Annotated[
        str, typer.Option(help="Models that Spark builds for the comparison of tables: usage or all.")
    ] = "all",
    write: Annotated[bool, typer.Option(help="Write bench/SPARK.md.")] = True,
) -> None:
    """Exit 1 if a table differs."""
    company = Company(cache_folder() / f"company_{accounts}_{events}", accounts, events)
    _say(f"the company of {accounts:,} accounts and {events:,} events")
    company.write_once()
    company.forget_runs()
    with tempfile.TemporaryDirectory(prefix="icp_spark_") as folder:
        compared = compare(company, Path(folder) / "home", models)
        usage = []
        for one in every_usage(company.home, Path(folder)):
            usage.append(one)
            text = report(company, compared, usage, models)
            # Each time: the whole takes an hour or more, and what was measured is kept if it does not end.
            if write:
                RESULT.write_text(text, encoding="utf-8")
    out.print(text, markup=False, soft_wrap=True)
    raise typer.Exit(1 if compared.differing else 0)


def compare(company: Company, other: Path, models: str) -> Compared:
    """Run the company on DuckDB, then on Spark in a new home that has only its landing folder and lake."""
    _say("a run on DuckDB")
    on_duckdb = measure("DuckDB", [_ICP, "run", "--home", company.root], limit_seconds=7200)
    other.mkdir(parents=True)
    for name in ("landing", "lake"):
        shutil.copytree(company.root / name, other / name, copy_function=os.link)
    engine = f'\nengine: {{spark: {{master: "local[*]", models: {models}}}}}\n'
    (other / "icp.yaml").write_text((company.root / "icp.yaml").read_text(encoding="utf-8") + engine, encoding="utf-8")
    _say("a run on Spark")
    on_spark = measure("Spark", [_ICP, "run", "--home", other], limit_seconds=7200)
    tables, rows, differing = differing_tables(company.home.live.resolve(), Home(other).live.resolve())
    return Compared(on_duckdb.seconds, on_spark.seconds, tables, rows, differing)


def differing_tables(wanted: Path, found: Path) -> tuple[int, int, list[str]]:
    """Compare two databases: how many tables and rows were compared, and which tables differ."""
    with duckdb.connect() as connection:
        for name, path in (("wanted", wanted), ("found", found)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        tables = [_columns(connection, name) for name in ("wanted", "found")]
        names = sorted({*tables[0], *tables[1]} - OF_THE_RUN)
        rows, differing = 0, []
        for name in names:
            if tables[0].get(name) != tables[1].get(name):
                differing.append(f"{name}: different columns or types")
                continue
            here = _rows_that_differ(connection, name, tables[0][name])
            rows += here[0]
            if any(here[1:]):
                differing.append(f"{name}: {here[1]:,} rows only on DuckDB, {here[2]:,} only on Spark")
    return len(names), rows, differing


def compared(table: str, columns: Iterable[str]) -> list[str]:
    """Columns of a table that are equal in two runs of the same files."""
    return [column for column in columns if column not in _WHEN and (table, column) not in _CLOCK_OF_THE_RUN]


def _columns(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for schema, table, column, kind in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where database_name = ? and not internal order by all",
        [database],
    ).fetchall():
        found.setdefault(f"{schema}.{table}", {})[column] = kind
    return found


def _rows_that_differ(
    connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str]
) -> tuple[int, int, int]:
    cells = ", ".join(_cell(column, columns[column]) for column in compared(name, columns)) or "1"
    wanted, found = (f"select {cells} from {database}.{name}" for database in ("wanted", "found"))
    counts = (
        f"select (select count(*) from ({wanted})), (select count(*) from ({wanted} except all {found})), "
        f"(select count(*) from ({found} except all {wanted}))"
    )
    rows, less, more = connection.execute(counts).fetchone() or (0, 0, 0)
    return rows, less, more


def _cell(column: str, kind: str) -> str:
    return f"printf('%.{_DIGITS - 1}e', {quoted(column)})" if kind in ("DOUBLE", "FLOAT") else quoted(column)


def every_usage(home: Home, folder: Path) -> Iterator[Usage]:
    """The models that read usage: on DuckDB, then on Spark with more and more workers."""
    yield usage_on_duckdb(home)
    for number in _WORKERS:
        yield usage_on_workers(home, folder / f"workers_{number}", number)


def usage_on_duckdb(home: Home) -> Usage:
    """Time the models that read usage on DuckDB."""
    _say("usage on DuckDB")
    with _build(home, []) as (build, graph):
        before = time.process_time()
        seconds = _timed(build, graph)
        return Usage("DuckDB", 0.0, seconds, time.process_time() - before)


def usage_on_workers(home: Home, folder: Path, number: int) -> Usage:
    """Time them on a standalone Spark with this many workers, through its Connect server."""
    _say(f"usage on {number} worker{'s' * (number > 1)}")
    exchange = folder / "tables"
    exchange.mkdir(parents=True)
    begun = time.perf_counter()
    with cluster(folder / "spark", number, driver="2g", executor="1g") as spark:
        settings = SparkSettings(remote=spark.remote, tables=str(exchange))
        with _build(home, [exchange]) as (build, graph), spark_engine(settings, graph, exchange / "run") as engine:
            start = time.perf_counter() - begun
            build.build_on(engine)
            before = time.process_time() + spark.processor_seconds()
            seconds = _timed(build, graph)
            processor = time.process_time() + spark.processor_seconds() - before
            return Usage(f"Spark, {number} worker{'s' * (number > 1)}", start, seconds, processor)


@contextmanager
def _build(home: Home, also: Sequence[Path]) -> Iterator[tuple[Build, ModelGraph]]:
    """A work file that starts from the published version and is deleted at the end."""
    settings = load_settings(home.root)
    lake = land(home.landing, home.lake, read_plan(settings))
    with open_build(home.root, _RUN, True, also) as build:
        (as_of,) = build.row("select as_of from history.runs order by started_at desc limit 1")
        build.attach_inputs(lake.parquet, settings_tables(settings, as_of, _RUN), lake.tables)
        build.show_files(shown_inputs(home.root, lake.parquet))
        yield build, load_models(SQL)


def _timed(build: Build, graph: ModelGraph) -> dict[str, float]:
    chosen, seconds = models_on_spark(graph, "usage"), {}
    for model in graph.in_order():
        if model.name in chosen:
            begun = time.perf_counter()
            build.build(model)
            seconds[str(model.name)] = time.perf_counter() - begun
    return seconds


def report(company: Company, compared: Compared, usage: Sequence[Usage], models: str) -> str:
    """Markdown: both runs and what differs, the models that read usage by engine, and the cost per event."""
    machine, events = Machine.here(), company.events
    which = "every model" if models == "all" else "the models that read usage"
    lines = [
        "# One company on DuckDB and on Spark",
        "",
        f"Written by `make bench-spark`: {company.accounts:,} accounts and {events:,} events, "
        f"{company.landing_mb:,.0f} MB landed; {machine.cores} processors, {machine.memory_gb:g} GB, {machine.system}, "
        f"Python {machine.python}; {machine.speed}. The load average was {os.getloadavg()[2]:.0f} over the last "
        "quarter of an hour; "
        "above the number of processors, processor seconds say more than seconds."
        + (f" This is less than the default of {_ACCOUNTS:,} and {_EVENTS:,}." if events < _EVENTS else ""),
        "",
        f"Two whole runs: DuckDB, then {which} on Spark `local[*]`, in a new home with a copy of the lake.",
        "",
        "| run | seconds |",
        "|---|---:|",
        f"| DuckDB, with landing | {compared.duckdb_seconds:,.0f} |",
        f"| Spark, with its start, without landing | {compared.spark_seconds:,.0f} |",
        "",
        f"Compared: {compared.tables:,} tables, {compared.rows:,} rows; doubles to {_DIGITS} digits, everything else "
        f"exactly. Differing: {'; '.join(compared.differing) or 'none'}.",
        "",
        "The models that read usage, built again from the published version. Each worker is a process with one "
        "single-core executor, behind a Connect server on loopback. Start includes all processes and the session.",
        "",
        "| engine | start s | models s | models, processor s | processor microseconds per event |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.engine} | {one.start:,.1f} | {one.total:,.1f} | {one.processor:,.1f} | "
        f"{one.processor / events * 1e6:,.2f} |"
        for one in usage
    ]
    names = list(usage[0].seconds)
    lines += ["", "| model | " + " | ".join(f"{one.engine}, s" for one in usage) + " |"]
    lines.append("|---" + "|---:" * len(usage) + "|")
    lines += [f"| {name} | " + " | ".join(f"{one.seconds[name]:,.1f}" for one in usage) + " |" for name in names]
    lines += [
        "",
        f"With {os.cpu_count()} processors, more workers only share them: the difference is overhead. A speed-up "
        "cannot be shown on this machine.",
        "",
    ]
    return "\n".join(lines)


def _say(what: str) -> None:
    out.print(f"[dim]measuring[/dim] {what} ...")


if __name__ == "__main__":
    typer.run(main)
