"""The `history` schema: state that outlives a run, carried from version to version."""

from __future__ import annotations

from pathlib import Path

from icp_pipeline.duck import Connection, DuckError
from icp_pipeline.errors import PublishError
from icp_pipeline.models.inputs import inputs_of
from icp_pipeline.names import TableName, quoted

_PREVIOUS = "previous"


def create_history(connection: Connection, newest: Path | None) -> None:
    """Make all `history` tables; fill them from the newest published version, also after a rollback.

    A rollback turns back what readers see, not what has happened: tiers that were handed to the CRM stay known.
    Columns that the older version did not have are NULL.
    """
    connection.execute("create schema if not exists history")
    for name, columns in inputs_of("history").items():
        declared = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
        connection.execute(f"create or replace table {name} ({declared})")
    if newest is not None:
        _carry(connection, newest)


def _carry(connection: Connection, newest: Path) -> None:
    path = str(newest).replace("'", "''")
    try:
        connection.execute(f"attach '{path}' as {_PREVIOUS} (read_only)")
        for name, columns in inputs_of("history").items():
            shared = [quoted(column) for column in _columns(connection, name) if column in columns]
            if shared:
                listed = ", ".join(shared)
                connection.execute(f"insert into {name} ({listed}) select {listed} from {_PREVIOUS}.{name}")
        connection.execute(f"detach {_PREVIOUS}")
    except DuckError as error:
        raise PublishError(
            f"{newest}: the history of the last published version cannot be read ({_one_line(error)}). "
            "Restore this file from a backup, or move it and its .json away to go on from the version before it."
        ) from error


def _columns(connection: Connection, name: TableName) -> list[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns() where database_name = ? and schema_name = ? and table_name = ?",
        [_PREVIOUS, name.schema, name.table],
    ).fetchall()
    return [row[0] for row in rows]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
