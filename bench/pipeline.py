"""Runs `icp run` as a user would, and reads what Dagster's history and the published version record about it."""

from __future__ import annotations

import compileall
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from bench.measure import LIMIT_SECONDS, BenchError, Measured, measure
from icp_pipeline.home import PROJECT, SQL, Home
from icp_pipeline.models.graph import load_models
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.sample.write import write_sample

_TINY_ACCOUNTS, _TINY_EVENTS = 60, 200


@dataclass
class PipelineRun:
    """One `icp run`: measured from outside, plus what its history records.

    `spread`: lowest and highest seconds of all rounds; this run is the median.
    """

    measured: Measured
    seconds_by_stage: dict[str, float] = field(default_factory=dict)
    files_parsed: int = 0
    rows_loaded: int = 0
    spread: tuple[float, float] | None = None


def middle_of(runs: Sequence[PipelineRun]) -> PipelineRun:
    """The run with the median seconds, with the lowest and highest of all runs."""
    ordered = sorted(runs, key=lambda run: run.measured.seconds)
    lowest, highest = ordered[0].measured.seconds, ordered[-1].measured.seconds
    return replace(ordered[len(ordered) // 2], spread=(lowest, highest) if len(ordered) > 1 else None)


def run_pipeline(name: str, home: Home, limit_seconds: float = LIMIT_SECONDS) -> PipelineRun:
    """Run `icp run` in a fresh process; raises BenchError if it does not publish."""
    measured = measure(
        name, [Path(sys.executable).with_name("icp"), "run", "--home", home.root], limit_seconds=limit_seconds
    )
    told = subprocess.run(
        [sys.executable, "-m", "bench.pipeline", str(home.root)], cwd=PROJECT, capture_output=True, text=True
    )
    if told.returncode:
        raise BenchError(f"{name}: the run's history could not be read:\n{told.stderr[-2000:]}")
    return PipelineRun(measured, **json.loads(told.stdout.splitlines()[-1]))


def compile_once() -> None:
    """Do what the first run after an installation does: compile the code and cache the models. Peers have it from pip.

    If the environment forbids Python to write compiled files, every run of the pipeline would compile again.
    """
    compileall.compile_dir(PROJECT / "icp_pipeline", quiet=1)
    cached_models(SQL)


def run_tiny(folder: Path) -> tuple[PipelineRun, PipelineRun]:
    """The fixed start: whole runs on so little data that what remains is the start of Python, Dagster and GX.

    The first creates the home and its history; the second finds both.
    """
    shutil.rmtree(folder, ignore_errors=True)
    write_sample(folder, accounts=_TINY_ACCOUNTS, events=_TINY_EVENTS)
    shutil.copy(PROJECT / "data" / "icp.yaml", folder / "icp.yaml")
    home = Home(folder)
    return run_pipeline("tiny company", home), run_pipeline("tiny company again", home)


def row_counts(database: Path) -> dict[str, int]:
    """Row counts of all models' tables in a database file; -1 if a table is missing."""
    counts = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        for model in load_models(SQL):
            try:
                row = connection.execute(f"select count(*) from {model.name}").fetchone()
            except duckdb.CatalogException:
                row = (-1,)
            counts[str(model.name)] = row[0] if row else -1
    return counts


def _history(home: Home) -> dict[str, object]:
    """What the newest run wrote to Dagster's event log."""
    import dagster as dg

    from icp_pipeline.catalog.inputs import inputs_of
    from icp_pipeline.home import enter_home

    enter_home(home)
    with dg.DagsterInstance.get() as instance:

        def metadata(key: dg.AssetKey) -> dict[str, object]:
            event = instance.get_latest_materialization_event(key)
            found = event.asset_materialization if event else None
            return {name: value.value for name, value in found.metadata.items()} if found else {}

        lake = [metadata(dg.AssetKey([name.schema, name.table])) for name in inputs_of("lake")]
        return {
            "seconds_by_stage": metadata(dg.AssetKey(["published", "warehouse"])).get("seconds_by_stage", {}),
            "files_parsed": sum(int(str(item.get("files_parsed_now", 0))) for item in lake),
            "rows_loaded": sum(int(str(item.get("dagster/row_count", 0))) for item in lake),
        }


if __name__ == "__main__":
    print(json.dumps(_history(Home(Path(sys.argv[1])))))
