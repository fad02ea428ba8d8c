"""Binds every model, by building all of them in memory on empty inputs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from icp_pipeline import duck
from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.errors import ModelError
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Finding, Model
from icp_pipeline.names import TableName, quoted
from icp_pipeline.warehouse.build import without_values

Audit = Callable[[Model], str | None]


@dataclass(frozen=True)
class Bound:
    """DuckDB's type of every column of every table, inputs included, as far as models bind; and what does not bind."""

    types: dict[TableName, dict[str, str]]
    findings: list[Finding]


def bind(graph: ModelGraph, audit: Audit | None = None) -> Bound:
    """Find what the text alone does not show: types, missing columns, mismatched types.

    With `audit`, each model's audit query is tried as well, on the empty table.
    """
    with duck.connect() as connection:
        _create_empty_inputs(connection)
        findings: dict[TableName, list[Finding]] = {}
        for model in graph.in_order():
            # What reads a broken model cannot bind either; one cause is one finding.
            reads_broken = not findings.keys().isdisjoint(model.depends_on)
            problems = [] if reads_broken else _build(connection, model, audit)
            if reads_broken or problems:
                findings[model.name] = problems
        return Bound(_types(connection), [finding for problems in findings.values() for finding in problems])


def column_types(graph: ModelGraph) -> dict[TableName, dict[str, str]]:
    """DuckDB's type of every column of every table, without any data; raises ModelError when one does not bind."""
    bound = bind(graph)
    if bound.findings:
        raise ModelError("\n".join(map(str, bound.findings)))
    return bound.types


def _types(connection: duck.Connection) -> dict[TableName, dict[str, str]]:
    types: dict[TableName, dict[str, str]] = {}
    for schema, table, column, kind in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where not internal order by schema_name, table_name, column_index"
    ).fetchall():
        types.setdefault(TableName(schema, table), {})[column] = kind
    return types


def _create_empty_inputs(connection: duck.Connection) -> None:
    for name, columns in INPUTS.items():
        declared = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
        connection.execute(f"create schema if not exists {name.schema}")
        connection.execute(f"create table {name} ({declared})")


def _build(connection: duck.Connection, model: Model, audit: Audit | None) -> list[Finding]:
    connection.execute(f"create schema if not exists {model.name.schema}")
    prefix = f"create table {model.name} as\n"
    try:
        connection.execute(prefix + model.sql)
        query = audit(model) if audit else None
        if query:
            connection.execute(query)
    except duck.DuckError as error:
        line = re.search(r"LINE (\d+):", str(error))
        return [Finding(model.path, max(int(line.group(1)) - 1, 1) if line else 1, without_values(error))]
    return []
