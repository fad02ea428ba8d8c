"""The database that bare DuckDB, dbt and SQLMesh start from: the lake as views, settings and history as small tables.

Settings and lake are exactly what the pipeline's own first run read. History is empty, except for the ICP version that
this run learned and the words that it counted: Python computes both, and no SELECT can.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pyarrow as pa

from icp_pipeline.catalog.inputs import INPUTS, SOURCE_ORDER
from icp_pipeline.duck import STORAGE_VERSION
from icp_pipeline.home import Home
from icp_pipeline.names import INPUT_SCHEMAS, TableName
from icp_pipeline.run.read_plan import read_plan
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.tables import settings_tables
from icp_pipeline.sources.lake import LakeState, land

_LEARNED = ("icp_", "language_")


def write_start(home: Home, path: Path) -> None:
    """Write the start database of a home whose first run is published."""
    settings = load_settings(home.root)
    lake = land(home.landing, home.lake, read_plan(settings))
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path), config={"storage_compatibility_version": STORAGE_VERSION}) as connection:
        for schema in INPUT_SCHEMAS:
            connection.execute(f"create schema {schema}")
        connection.execute(f"attach '{home.live.resolve()}' as published (read_only)")
        as_of = connection.execute("select as_of from published.history.runs order by started_at limit 1").fetchone()
        tables = settings_tables(settings, as_of[0] if as_of else None, "bench")  # type: ignore[arg-type]
        for name in INPUTS:
            connection.execute(f"create {_input(name, lake, tables, connection)}")


def _input(
    name: TableName, lake: LakeState, settings: dict[str, pa.Table], connection: duckdb.DuckDBPyConnection
) -> str:
    """`view ... as` for files, `table ... as` for what is small."""
    columns = INPUTS[name]
    listed = ", ".join(f'cast("{column}" as {kind}) as "{column}"' for column, kind in columns.items())
    nothing = ", ".join(f'cast(null as {kind}) as "{column}"' for column, kind in columns.items())
    held = lake.tables
    if name.schema == "lake" and name.table in lake.parquet and name.table not in held:
        files = ", ".join(f"'{file.resolve()}'" for file in lake.parquet[name.table])
        if files:
            scan = f"read_parquet([{files}], union_by_name = true)"
            return f"view {name} as select {listed} from (select *, file_index as {SOURCE_ORDER} from {scan})"
    arrow = {"lake": held, "settings": settings}.get(name.schema, {}).get(name.table)
    if arrow is not None:
        connection.register("arrow_input", arrow)
        return f"table {name} as select {listed} from arrow_input"
    if name.schema == "history" and name.table.startswith(_LEARNED):
        return f"table {name} as select {listed} from published.{name}"
    return f"table {name} as select {nothing} where false"


if __name__ == "__main__":
    write_start(Home(Path(sys.argv[1])), Path(sys.argv[2]))
