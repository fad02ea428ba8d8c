"""Writes the meaning of tables and columns into the file as comments, which SQL clients show."""

from __future__ import annotations

from collections.abc import Mapping

from icp_pipeline.catalog.inputs import column_meaning, inputs_of, table_meaning
from icp_pipeline.duck import Connection
from icp_pipeline.names import TableName, literal, quoted

_SAID = """
select table_name, null as column_name, comment from duckdb_tables()
where database_name = current_database() and schema_name = 'history'
union all
select table_name, column_name, comment from duckdb_columns()
where database_name = current_database() and schema_name = 'history'
"""


def describe_history(connection: Connection) -> None:
    """Comment `history` tables and columns that lack their comment, as in a copy of a published version."""
    said = {(table, column): comment for table, column, comment in connection.execute(_SAID).fetchall()}
    # One transaction, because each commit alone would be a disk write.
    connection.execute("begin")
    for name, columns in inputs_of("history").items():
        table, words = table_meaning(name), {c: column_meaning(name, c) for c in columns}
        stands = all(said.get((name.table, column)) == text for column, text in words.items())
        if not stands or said.get((name.table, None)) != table:
            describe_table(connection, name, table, words)
    connection.execute("commit")


def descriptions(connection: Connection, name: TableName) -> tuple[str, dict[str, str]]:
    """The comments of a table or view, and of its columns; empty where there are none."""
    place = f"database_name = current_database() and schema_name = {literal(name.schema)} and "
    said = connection.execute(
        f"select comment from duckdb_tables() where {place} table_name = {literal(name.table)} union all "
        f"select comment from duckdb_views() where {place} view_name = {literal(name.table)}"
    ).fetchall()
    columns = connection.execute(
        f"select column_name, comment from duckdb_columns() where {place} table_name = {literal(name.table)} "
        "and comment is not null order by column_index"
    ).fetchall()
    return said[0][0] or "", dict(columns)


def describe_table(
    connection: Connection, name: TableName, table: str, columns: Mapping[str, str], kind: str = "table"
) -> None:
    """Comment one table, or view, and its columns, within the caller's transaction."""
    said = [f"comment on {kind} {name} is {literal(table)}"]
    said += [f"comment on column {name}.{quoted(column)} is {literal(words)}" for column, words in columns.items()]
    connection.execute(";\n".join(said))
