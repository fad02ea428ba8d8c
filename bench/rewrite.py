"""A model's SQL with other names for the tables it reads; not a letter else changes, so every engine runs the same."""

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
        # Columns may be qualified by the table's own name, which the new name need not end in.
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
    """dbt wants each name once in a project, and two schemas may hold a table of the same name."""
    return f"{name.schema}__{name.table}"


def _places(model: Model) -> list[tuple[int, int, TableName, bool]]:
    """Where tables are named: first letter of the schema, end of the table, which one, and whether an alias follows."""
    places = []
    for table in model.expression.find_all(exp.Table):
        schema = table.args.get("db")
        if schema is not None:
            start, end = schema.meta["start"], table.this.meta["end"] + 1
            places.append((start, end, TableName(table.db, table.name), bool(table.alias)))
    return places
