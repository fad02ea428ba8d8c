"""The results as tables on the terminal, as Markdown, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import START, Measured
from bench.pipeline import PipelineRun
from bench.results import Results, slowest_models, targets, without_start
from bench.rivals import Rival

Row = tuple[str, ...]
_RUN_HEAD = ("what", "seconds", "processor s", "peak MB", "note")
_STAGE_HEAD = ("stage", "first run", "peak MB", "unchanged", "new day", "bare DuckDB", "bare peak MB")
_MODEL_HEAD = ("slowest models", "seconds in bare DuckDB")
_TARGET_HEAD = ("target", "measured", "")
_NOTES = (
    "The pipeline's rows show the round with the median seconds.",
    "Every row is a fresh process; memory is that of the whole process tree, sampled 20 times a second. Files are in "
    "the page cache for all of them. Code is compiled and the models are parsed before timing, as after the first run "
    "of an installation; pip compiled the peers' code.",
    "Bare DuckDB reads the same landed files into Parquet (usage counted by group, user and day, each event id once; "
    "no cell validated or normalised, no row rejected), then runs the same SELECTs over the pipeline's lake, the same "
    "audit queries, and writes the export tables as CSV. It is given the learned ICP.",
    "dbt-duckdb and SQLMesh run the same SELECTs from the same start. They do neither landing nor exports, so bare "
    "DuckDB's seconds for these are added to their rows. Their projects are parsed once before timing.",
    "A stage ends when its checks are evaluated and recorded; tables of the next stages are built in the meantime.",
)


def run_rows(results: Results) -> Iterator[Row]:
    """One row per process that was timed."""
    runs = {
        "fixed start: `icp run`, tiny company": results.fixed,
        "fixed start: the same again": results.fixed_again,
        "first run": results.first,
        "second run, nothing changed": results.unchanged,
        f"one new day ({results.new_day_rows:,} rows)": results.new_day,
    }
    for name, run in runs.items():
        if run is not None:
            yield (name, *_numbers(run.measured), _run_note(results, run) + _spread_note(run))
    for rival in results.rivals:
        yield rival_row(rival)


def rival_row(rival: Rival) -> Row:
    """A rival's row; if it could not be installed, the row says why."""
    if rival.missing:
        return (rival.name, "not measured", "", "", rival.missing)
    notes = []
    if rival.borrowed_seconds:
        notes.append(f"including {rival.borrowed_seconds:.1f} s for landing and exports in bare DuckDB")
    if rival.different:
        names = ", ".join(sorted(rival.different)[:5])
        notes.append(f"{len(rival.different)} tables with different row counts: {names}")
    elif rival.different is not None:
        notes.append("same row counts as the pipeline")
    return (rival.name, f"{rival.seconds:.1f}", f"{rival.cpu_seconds:.1f}", f"{rival.peak_mb:,.0f}", "; ".join(notes))


def stage_rows(results: Results) -> Iterator[Row]:
    """Time and memory by stage; a schema's stage includes its checks, Dagster's events, and tables of later schemas."""
    measured = [run.measured if run else None for run in (results.first, results.unchanged, results.new_day)]
    first, unchanged, new_day = measured
    names = dict.fromkeys(stage.name for run in (*measured, results.bare) if run for stage in run.stages)
    for name in names:
        yield (
            _STAGE_WORDS.get(name, name),
            _seconds(first, name),
            _peak(first, name),
            _seconds(unchanged, name),
            _seconds(new_day, name),
            _seconds(results.bare, name),
            _peak(results.bare, name),
        )
    runs = (results.first, results.unchanged, results.new_day)
    told = [run.seconds_by_stage.get("checks") if run else None for run in runs]
    yield ("checks (within the above)", _plain(told[0]), "", _plain(told[1]), _plain(told[2]), "", "")


_STAGE_WORDS = {START: "start (imports, Dagster)", "publishing": "exports and publishing"}


def print_results(results: Results, out: Console) -> None:
    """The tables on the terminal."""
    out.print(f"\n[bold]{_title(results)}[/bold]\n{_machine(results)}")
    for head, rows in _tables(results):
        table = Table(*head)
        for row in rows:
            table.add_row(*row)
        out.print(table)
    table = Table(*_TARGET_HEAD)
    for target in targets(results):
        table.add_row(target.asked, target.measured, f"[{_COLOURS[target.reached]}]{_WORDS[target.reached]}[/]")
    out.print(table)


def _tables(results: Results) -> list[tuple[Row, list[Row]]]:
    models: list[Row] = [(name, f"{seconds:.1f}") for name, seconds in slowest_models(results)]
    tables: list[tuple[Row, list[Row]]] = [
        (_RUN_HEAD, list(run_rows(results))),
        (_STAGE_HEAD, list(stage_rows(results))),
        (_MODEL_HEAD, models),
    ]
    return [(head, rows) for head, rows in tables if rows]


_WORDS = {True: "ok", False: "miss", None: "not measured"}
_COLOURS = {True: "green", False: "red", None: "yellow"}


def write_results(results: Results, folder: Path) -> None:
    """Write `results.json` and `RESULTS.md` into the folder."""
    (folder / "results.json").write_text(json.dumps(results.as_json(), indent=2) + "\n", encoding="utf-8")
    (folder / "RESULTS.md").write_text(as_markdown(results), encoding="utf-8")


def as_markdown(results: Results) -> str:
    """The tables as a page."""
    judged = [(target.asked, target.measured, _WORDS[target.reached]) for target in targets(results)]
    parts = [
        f"# {_title(results)}",
        _machine(results),
        "Written by `make bench`.",
        *(_markdown_table(head, rows) for head, rows in _tables(results)),
        "Targets:",
        _markdown_table(_TARGET_HEAD, judged),
        "How it is measured:",
        "\n".join(f"- {note}" for note in _NOTES),
    ]
    return "\n\n".join(parts) + "\n"


def _title(results: Results) -> str:
    return (
        f"{results.accounts:,} accounts, {results.events:,} usage events ({results.landing_mb / 1000:.1f} GB of files)"
    )


def _machine(results: Results) -> str:
    machine = results.machine
    listed = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    peers = {rival.versions for rival in results.rivals if rival.versions}
    return (
        f"{machine.cores} cores, {machine.memory_gb:.0f} GB of memory, {machine.system}, Python {machine.python}; "
        f"load before the start {machine.load_before}; {machine.speed}.\nPipeline: {listed}."
        + "".join(f"\nRival: {found}." for found in sorted(peers))
    )


def _run_note(results: Results, run: PipelineRun) -> str:
    if run is results.fixed or run is results.fixed_again:
        return "reported separately"
    alone = without_start(results, run)
    parsed = f"{run.files_parsed} files parsed"
    return parsed if alone is None else f"{alone:.1f} s without the fixed start; {parsed}"


def _spread_note(run: PipelineRun) -> str:
    return f"; all rounds {run.spread[0]:.1f} to {run.spread[1]:.1f} s" if run.spread else ""


def _numbers(measured: Measured) -> Row:
    return (f"{measured.seconds:.1f}", f"{measured.cpu_seconds:.1f}", f"{measured.peak_mb:,.0f}")


def _seconds(run: Measured | None, name: str) -> str:
    return _plain(next((stage.seconds for stage in run.stages if stage.name == name), None) if run else None)


def _peak(run: Measured | None, name: str) -> str:
    peak = run.stage(name).peak_mb if run else 0.0
    return f"{peak:,.0f}" if peak else ""


def _plain(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f}"


def _markdown_table(head: Row, rows: Iterable[Row]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
