"""Replaces the names of the tables that a model reads and nothing else, so that every engine runs the same SQL."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName

_JINJA = ("{{", "{%", "{#")


def with_tables(model: Model, named: Callable[[TableName], str]) -> str:
    """The model's text with each `schema.table` replaced by what `named` returns for it."""
    text = model.sql
    for start, end, name, has_alias in sorted(_places(model), reverse=True):
        # Columns may be qualified with the table's own name, and the new name may end differently.
        written = named(name) if has_alias else f"{named(name)} as {name.table}"
        text = text[:start] + written + text[end:]
    return text


def as_dbt(model: Model, inputs: frozenset[str]) -> str:
    """The model as dbt writes it: `source` for tables of the schemas given, `ref` for models."""
    if any(mark in model.sql for mark in _JINJA):
        raise ValueError(f"{model.path}: holds one of {', '.join(_JINJA)}, which dbt would read as Jinja")

    def named(name: TableName) -> str:
        if name.schema in inputs:
            return f"{{{{ source('{name.schema}', '{name.table}') }}}}"
        return f"{{{{ ref('{dbt_name(name)}') }}}}"

    return with_tables(model, named)


def dbt_name(name: TableName) -> str:
    """A name for dbt: unique in the project, because two schemas may have a table of the same name."""
    return f"{name.schema}__{name.table}"


def _places(model: Model) -> list[tuple[int, int, TableName, bool]]:
    """Where the SQL names tables: start of the schema, end of the table, the table, and whether an alias follows."""
    places = []
    for table in model.expression.find_all(exp.Table):
        schema = table.args.get("db")
        if schema is not None:
            start, end = schema.meta["start"], table.this.meta["end"] + 1
            places.append((start, end, TableName(table.db, table.name), bool(table.alias)))
    return places
