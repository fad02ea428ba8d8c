"""The rules of `icp check`: what every model must obey, checked on its text alone.

Those that need types are in `portable_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from sqlglot import exp

from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.errors import nearest
from icp_pipeline.models.graph import ModelGraph, read_models
from icp_pipeline.models.model import BrokenModel, Column, Finding, Model, Tag, line_of
from icp_pipeline.models.partitions import partition_violations
from icp_pipeline.models.portable_functions import differs
from icp_pipeline.names import INPUT_SCHEMAS, MODEL_SCHEMAS, TableName

Columns = Mapping[TableName, tuple[str, ...]]


def check_folder(sql_dir: Path) -> list[Finding]:
    """Everything wrong under `sql_dir`: files that are not models first, then broken rules of the others."""
    graph, findings = read_models(sql_dir)
    inputs = {name: tuple(columns) for name, columns in INPUTS.items()}
    return findings + check_models(graph, inputs)


def check_models(graph: ModelGraph, inputs: Columns) -> list[Finding]:
    """Broken rules by file and line; `inputs` are the columns of lake, settings and history."""
    known = {**inputs, **{name: model.column_names() for name, model in graph.models.items()}}
    findings = [finding for model in graph.models.values() for rule in _RULES for finding in rule(model, known)]
    findings += [*_parts_can_be_built(graph), *_circles(graph)]
    return sorted(findings, key=lambda finding: (str(finding.path), finding.line))


def unread_kinds(graph: ModelGraph) -> list[Finding]:
    """Kinds of landed rows that no staging model reads: their files would be loaded for nothing."""
    staged = {table.table for model in graph.of_schema("staging") for table in model.depends_on}
    unread = [kind for kind in KINDS.values() if not kind.is_unplaced and kind.name not in staged]
    return [
        Finding(
            kind.path,
            kind.line,
            f"no staging model reads lake.{kind.name}, so its rows would be lost: add one to sql/staging/ that "
            "selects from it (sql/README.md says how), or take the kind out",
        )
        for kind in unread
    ]


def _circles(graph: ModelGraph) -> list[Finding]:
    try:
        graph.in_order()
    except BrokenModel as error:
        return [error.finding]
    return []


def _reads_known_tables_to_the_left(model: Model, known: Columns) -> Iterator[Finding]:
    for table in model.depends_on:
        problem = _unreadable(model, table, known)
        if problem:
            yield Finding(model.path, _line_of_table(model, table), f"reads {table}: {problem}")


def _unreadable(model: Model, table: TableName, known: Columns) -> str | None:
    if table not in known:
        return f"there is no such table.{nearest(str(table), map(str, known))}"
    if table == model.name:
        return "that is this model itself"
    if table.schema not in INPUT_SCHEMAS and _position(table.schema) > _position(model.name.schema):
        return f"{table.schema} is to the right of {model.name.schema}: read only your own schema or those to its left"
    return None


def _position(schema: str) -> int:
    return MODEL_SCHEMAS.index(schema)


def _is_described(model: Model, known: Columns) -> Iterator[Finding]:
    if not model.description:
        yield Finding(model.path, 1, "has no description: start the file with a comment that says what one row is")
    for column in model.columns:
        if not column.description:
            yield Finding(
                model.path,
                column.line,
                f"column {column.name} has no comment above it with its meaning, nor is it in catalog/words.txt",
            )


def _tags_can_be_checked(model: Model, known: Columns) -> Iterator[Finding]:
    for column in model.columns:
        for tag in column.tags:
            problem = _uncheckable(model, column, tag, known)
            if problem:
                yield Finding(model.path, column.line, f"column {column.name}: {tag}: {problem}")


def _uncheckable(model: Model, column: Column, tag: Tag, known: Columns) -> str | None:
    if tag.name == "unique_with":
        strangers = [arg for arg in tag.args if arg not in model.column_names() or arg == column.name]
        return f"{', '.join(strangers)} is not another column of this model" if strangers else None
    if tag.name == "same_count_as":
        return _unreadable(model, TableName.parse(tag.args[0]), known)
    if tag.name == "references":
        table_text, _, target = tag.args[0].rpartition(".")
        table = TableName.parse(table_text)
        problem = _unreadable(model, table, known) if table != model.name else None
        return problem or (None if target in known[table] else f"{table} has no column {target}")
    return None


def _parts_can_be_built(graph: ModelGraph) -> Iterator[Finding]:
    for model in graph.models.values():
        yield from partition_violations(model, graph.partitioned_by(model.partition_column))


def _names_each_column_once(model: Model, known: Columns) -> Iterator[Finding]:
    """Next to `deals.*` no other column may have the name of one of `deals`: engines silently pick either."""
    columns = {str(name): names for name, names in known.items()}
    for cte in model.expression.ctes:
        query = cte.this
        while isinstance(query, exp.SetOperation):
            query = query.this
        tables = {
            table.alias_or_name: columns.get(f"{table.db}.{table.name}".lstrip("."), ()) for table in _own_tables(query)
        }
        every = tuple(name for passed in tables.values() for name in passed)
        names = [name for node in query.selects for name in _names_of(node, tables, every)]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Finding(
                model.path, line_of(cte), f"{cte.alias} has two columns {name}: rename one, or list the columns"
            )
        columns[cte.alias] = tuple(names)


def _names_of(node: exp.Expression, tables: Mapping[str, Sequence[str]], every: Sequence[str]) -> Sequence[str]:
    """The columns that one place of a SELECT gives: those of a table for `deals.*`, of `every` table for `*`."""
    if isinstance(node, exp.Star):
        return every
    if isinstance(node, exp.Column) and node.is_star:
        return tables.get(node.table, ())
    return (node.alias_or_name,)


def _own_tables(select: exp.Query) -> Iterator[exp.Table]:
    for node in (select.args.get("from_"), *(select.args.get("joins") or ())):
        if node and isinstance(node.this, exp.Table):
            yield node.this


def _divides_safely(model: Model, known: Columns) -> Iterator[Finding]:
    for node in model.expression.find_all(exp.Div, exp.IntDiv, exp.Mod):
        if not _cannot_be_zero(node.expression):
            divisor = node.expression.sql(dialect="duckdb")[:60]
            yield Finding(
                model.path, line_of(node.expression), f"divides by {divisor}, which may be 0: write nullif(..., 0)"
            )


def _cannot_be_zero(divisor: exp.Expr) -> bool:
    if isinstance(divisor, exp.Paren | exp.Cast | exp.Sqrt):
        return _cannot_be_zero(divisor.this)
    if isinstance(divisor, exp.Mul):
        return _cannot_be_zero(divisor.left) and _cannot_be_zero(divisor.right)
    if isinstance(divisor, exp.Greatest):
        return any(_is_positive(part) for part in (divisor.this, *divisor.expressions))
    return isinstance(divisor, exp.Nullif) or _is_positive(divisor) or _counts_at_least_one(divisor)


def _counts_at_least_one(node: exp.Expr) -> bool:
    """`count(*)` of a group, or of a window without a frame, counts at least the row at hand."""
    if isinstance(node, exp.Window):
        return not node.args.get("spec") and _is_count_of_rows(node.this)
    select = node.find_ancestor(exp.Select)
    return _is_count_of_rows(node) and select is not None and select.args.get("group") is not None


def _is_count_of_rows(node: exp.Expr) -> bool:
    return isinstance(node, exp.Count) and isinstance(node.this, exp.Star)


def _is_positive(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_number and float(node.this) > 0


def _is_plain_and_repeatable(model: Model, known: Columns) -> Iterator[Finding]:
    """Refuse functions that sqlglot does not translate, and those that give another answer tomorrow."""
    for node in model.expression.walk():
        if isinstance(node, _NOT_REPEATABLE) or _calls_clock(node):
            yield Finding(
                model.path, line_of(node), f"uses {node.sql(dialect='duckdb')}: read settings.run.as_of instead"
            )
        elif why := differs(node):
            what = node.sql(dialect="duckdb", comments=False)[:60]
            yield Finding(model.path, line_of(node), f"uses {what}: {why}")


def _calls_clock(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower() in ("now", "today", "get_current_timestamp")


def _line_of_table(model: Model, table: TableName) -> int:
    for node in model.expression.find_all(exp.Table):
        if (node.db, node.name) == (table.schema, table.table):
            return line_of(node)
    return 1


_NOT_REPEATABLE = (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Rand, exp.Uuid)

_RULES: tuple[Callable[[Model, Columns], Iterator[Finding]], ...] = (
    _reads_known_tables_to_the_left,
    _is_described,
    _tags_can_be_checked,
    _names_each_column_once,
    _divides_safely,
    _is_plain_and_repeatable,
)
