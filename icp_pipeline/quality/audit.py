"""Turns a model's tags into one query that counts the rows breaking each tag, and never returns a value."""

from __future__ import annotations

from collections.abc import Callable

from icp_pipeline.models.model import Column, Model, Tag
from icp_pipeline.names import TableName, literal, quoted

AUDIT_COLUMNS = ("check", "column", "severity", "failing", "total")


def audit_sql(model: Model) -> str | None:
    """One row per tag with its position and AUDIT_COLUMNS, in the order of the tags; None when there are no tags."""
    counts = counts_sql(model)
    if counts is None:
        return None
    rows = [_row(n, column, tag) for n, (column, tag) in enumerate(tagged(model))]
    union = "\nunion all\n".join(rows)
    return f"with counted as materialized (\n{counts}\n)\n{union}\norder by position"


def counts_sql(model: Model) -> str | None:
    """The same counts as one row: `total`, then the failing rows of each tag; several times cheaper to plan.

    They are taken in one pass over the table; only tags that look at other tables or at several columns add a subquery.
    """
    rules = tagged(model)
    if not rules:
        return None
    counts = [f"{_FAILING[tag.name](model.name, column, tag)} as rule_{n}" for n, (column, tag) in enumerate(rules)]
    listed = ",\n    ".join(["count(*) as total", *counts])
    return f"select\n    {listed}\nfrom {model.name} as audited"


def tagged(model: Model) -> list[tuple[Column, Tag]]:
    """The rules in their order."""
    return [(column, tag) for column in model.columns for tag in column.tags]


def _row(number: int, column: Column, tag: Tag) -> str:
    return (
        f'select {number} as position, {literal(tag.name)} as "check", {literal(column.name)} as "column", '
        f"{literal(tag.severity)} as severity, rule_{number} as failing, total from counted"
    )


def _count_where(condition: str) -> str:
    return f"count(*) filter (where {condition})"


def _not_null(table: TableName, column: Column, tag: Tag) -> str:
    return _count_where(f"{_name(column)} is null")


def _unique(table: TableName, column: Column, tag: Tag) -> str:
    return f"count({_name(column)}) - count(distinct {_name(column)})"


def _unique_with(table: TableName, column: Column, tag: Tag) -> str:
    # A subquery, because `count(distinct (a, b))` hashes whole structs and is many times slower.
    names = ", ".join(quoted(name) for name in (column.name, *tag.args))
    return f"count(*) - (select count(*) from (select distinct {names} from {table}) as grains)"


def _accepted(table: TableName, column: Column, tag: Tag) -> str:
    words = ", ".join(literal(word) for word in tag.args)
    return _count_where(f"cast({_name(column)} as varchar) not in ({words})")


def _between(table: TableName, column: Column, tag: Tag) -> str:
    low, high = tag.args
    return _count_where(f"{_name(column)} < {low} or {_name(column)} > {high}")


def _finite(table: TableName, column: Column, tag: Tag) -> str:
    return _count_where(f"not isfinite(cast({_name(column)} as double))")


def _references(table: TableName, column: Column, tag: Tag) -> str:
    other, _, key = tag.args[0].rpartition(".")
    orphan = f"not exists (select 1 from {other} as referenced where referenced.{quoted(key)} = child.{_bare(column)})"
    return f"(select count(*) from {table} as child where child.{_bare(column)} is not null and {orphan})"


def _same_count_as(table: TableName, column: Column, tag: Tag) -> str:
    return f"abs(count(*) - (select count(*) from {tag.args[0]}))"


def _name(column: Column) -> str:
    return f"audited.{_bare(column)}"


def _bare(column: Column) -> str:
    return quoted(column.name)


_FAILING: dict[str, Callable[[TableName, Column, Tag], str]] = {
    "not_null": _not_null,
    "unique": _unique,
    "unique_with": _unique_with,
    "accepted": _accepted,
    "between": _between,
    "finite": _finite,
    "references": _references,
    "same_count_as": _same_count_as,
}
