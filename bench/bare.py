"""The lower bound: the same landing, models, checks and exports as one plain DuckDB script, with nothing around them.

It validates no row, keeps no rejects and normalises no names: files go to Parquet as they are, which is less than the
pipeline's landing does. The models then read the pipeline's own lake, so they see the same rows.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from icp_pipeline.activation.targets import TARGETS
from icp_pipeline.duck import DEFAULT_MEMORY, STORAGE_VERSION
from icp_pipeline.home import SQL, Home
from icp_pipeline.models.graph import ModelGraph, load_models
from icp_pipeline.quality.audit import audit_sql

_TRACKS = ["id", "received_at", "timestamp", "event", "event_text", "user_id", "anonymous_id", "context_group_id"]


def land_bare(connection: duckdb.DuckDBPyConnection, landing: Path, lake: Path) -> None:
    """Copy every landed file to Parquet, all text; count usage by group, user and day, each event id once."""
    shutil.rmtree(lake, ignore_errors=True)
    lake.mkdir(parents=True)
    for number, (path, query) in enumerate(_readers(landing)):
        connection.execute(f"copy ({query}) to '{lake / f'{number}_{path.stem}.parquet'}' (format parquet)")


def _readers(landing: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(landing.rglob("*.csv")):
        if not path.name.startswith("tracks_"):
            yield path, f"select * from read_csv('{path}', all_varchar = true, header = true)"
    usage = landing / "usage"
    if any(usage.glob("tracks_*.csv")):
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in _TRACKS)
        read = (
            f"read_csv('{usage}/tracks_*.csv', header = true, auto_detect = false, delim = ',', quote = '\"', "
            f"columns = {{{columns}}})"
        )
        yield usage / "tracks", _counted("context_group_id", "user_id", "timestamp", "id", read)
    for path in sorted(usage.glob("*.jsonl")):
        columns = (
            "{uuid: 'VARCHAR', event: 'VARCHAR', distinct_id: 'VARCHAR', properties: 'JSON', timestamp: 'VARCHAR'}"
        )
        read = f"read_json('{path}', format = 'newline_delimited', columns = {columns}) where event not like '$%'"
        yield path, _counted("properties ->> '$.$group_0'", "distinct_id", "timestamp", "uuid", read)


def _counted(group: str, user: str, moment: str, event_id: str, read: str) -> str:
    """Count every event once, by the cheapest of three queries with the same result, so that this is a lower bound.

    Distinct hashes by day are cheaper than distinct rows, which are a quarter cheaper than one row per event id. This
    relies on a repeated event having the same day, group and user in both files. That holds for this company; the
    pipeline cannot assume it, and resolves each repeated event by its id.
    """
    return (
        f"select {group} as group_id, {user} as user_id, try_cast(left({moment}, 10) as date) as usage_date, "
        f"count(distinct hash({event_id})) as events from {read} group by all"
    )


def build(connection: duckdb.DuckDBPyConnection, graph: ModelGraph, schema: str) -> None:
    """Build every model of a schema as a table and print its seconds; then run its audits."""
    models = graph.of_schema(schema)
    print(f"{schema}: building {len(models)} tables")
    connection.execute(f"create schema if not exists {schema}")
    for model in models:
        started = time.perf_counter()
        connection.execute(f"create table {model.name} as {model.sql}")
        print(f"  {time.perf_counter() - started:.3f} s  {model.name}")
    for model in models:
        query = audit_sql(model)
        if query is not None:
            connection.execute(query).fetchall()


def export(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The export tables as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for model in dict.fromkeys(target.model for target in TARGETS):
        connection.execute(f"copy (from {model}) to '{folder / model}.csv' (force_quote *)")


def main(home: Home, database: Path, what: str) -> None:
    """Land, build or export, or all three; prints a line at the start of each stage."""
    config = {
        "memory_limit": DEFAULT_MEMORY,
        "preserve_insertion_order": False,
        "storage_compatibility_version": STORAGE_VERSION,
    }
    with duckdb.connect(str(database), config=config) as connection:  # type: ignore[arg-type]
        if what in ("landing", "all"):
            print("landing")
            land_bare(connection, home.landing, database.with_name("bare_lake"))
        if what in ("models", "all"):
            graph = load_models(SQL)
            for schema in dict.fromkeys(model.name.schema for model in graph.in_order()):
                build(connection, graph, schema)
        if what in ("exports", "all"):
            print("publishing")
            export(connection, database.with_name("bare_exports"))


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "all")
