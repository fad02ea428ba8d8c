"""What tables and columns mean, written into the file, where any SQL client shows it (`duckdb_columns()`)."""

from __future__ import annotations

from collections.abc import Mapping

from icp_pipeline.catalog.inputs import column_meaning, inputs_of, table_meaning
from icp_pipeline.duck import Connection
from icp_pipeline.names import TableName, literal, quoted


def describe_history(connection: Connection) -> None:
    """Comment every `history` table and column; one transaction, because each commit alone would be a disk write."""
    connection.execute("begin")
    for name, columns in inputs_of("history").items():
        describe_table(connection, name, table_meaning(name), {c: column_meaning(name, c) for c in columns})
    connection.execute("commit")


def describe_table(
    connection: Connection, name: TableName, table: str, columns: Mapping[str, str], kind: str = "table"
) -> None:
    """Comment one table, or view, and its columns, within the caller's transaction."""
    said = [f"comment on {kind} {name} is {literal(table)}"]
    said += [f"comment on column {name}.{quoted(column)} is {literal(words)}" for column, words in columns.items()]
    connection.execute(";\n".join(said))
