"""Queries the keys of rows that break a rule, never the values that break it, which may be personal."""

from __future__ import annotations

from icp_pipeline.models.model import Column, Model, Tag
from icp_pipeline.names import literal, quoted

SHOWN = 10


def failing_keys_sql(model: Model, column: Column, tag: Tag) -> str | None:
    """Keys of the first rows that break a tag, in a fixed order; None if no single row does, or rows have no key.

    A key is the columns that a `#unique` or `#unique_with` tag names; of rows that repeat one, each key comes once.
    """
    key = _key(model)
    condition = _condition(model, column, tag)
    if not key or condition is None:
        return None
    names = ", ".join(quoted(name) for name in key)
    return f"select distinct {names} from {model.name} as audited where {condition} order by {names} limit {SHOWN}"


def _key(model: Model) -> tuple[str, ...]:
    for column in model.columns:
        for tag in column.tags:
            if tag.name in ("unique", "unique_with"):
                return (column.name, *tag.args)
    return ()


def _condition(model: Model, column: Column, tag: Tag) -> str | None:
    name = f"audited.{quoted(column.name)}"
    if tag.name == "not_null":
        return f"{name} is null"
    if tag.name == "accepted":
        return f"cast({name} as varchar) not in ({', '.join(map(literal, tag.args))})"
    if tag.name == "between":
        return f"{name} < {tag.args[0]} or {name} > {tag.args[1]}"
    if tag.name == "finite":
        return f"not isfinite(cast({name} as double))"
    if tag.name == "references":
        other, _, key = tag.args[0].rpartition(".")
        return (
            f"{name} is not null and {name} not in (select {quoted(key)} from {other} where {quoted(key)} is not null)"
        )
    if tag.name in ("unique", "unique_with"):
        names = ", ".join(quoted(part) for part in (column.name, *tag.args))
        same = " and ".join(
            f"repeated.{quoted(part)} is not distinct from audited.{quoted(part)}" for part in (column.name, *tag.args)
        )
        several = f"select {names} from {model.name} group by {names} having count(*) > 1"
        return f"exists (select 1 from ({several}) as repeated where {same})"
    return None  # `same_count_as` is about two tables, not about a row
