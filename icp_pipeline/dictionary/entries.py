"""What the dictionary says about each table and column. Read from the models; nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from icp_pipeline.catalog.inputs import INPUTS, column_meaning, table_meaning
from icp_pipeline.dictionary.examples import Example
from icp_pipeline.dictionary.origins import Origins, landed_origins
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Model
from icp_pipeline.names import INPUT_SCHEMAS, MODEL_SCHEMAS, TableName

Types = Mapping[TableName, Mapping[str, str]]
# By kind of landed row and column: the headers under which vendors' files carry it.
Headers = Mapping[str, Mapping[str, tuple[str, ...]]]

SCHEMAS = {
    "core": "Facts about companies: accounts, deals, attributes, triggers, usage. Start here.",
    "outcomes": "How customers turned out.",
    "segments": "Which traits separate good outcomes from bad, and how sure that is.",
    "icp": "The ICP, and every account's score and tier.",
    "activation": "What to do about it: audiences, exclusions, lead routes, website flags.",
    "results": "What came of it: deals, leads and visits, by the tier or route decided before.",
    "voice": "What people say (interviews, feedback, overrides, words), compared with outcomes.",
    "quality": "What was read, what was rejected, what to look at.",
    "exports": "The lines of the import files.",
    "history": "What outlives a run: ICP versions, tier changes, runs. Append-only.",
    "staging": "One table per kind of landed record: cast, renamed, one row per id.",
    "lake": "Landed rows as text, as the models read them. Not in the published file.",
    "settings": "icp.yaml and content.yaml as tables, as the models read them. Not in the published file.",
}


@dataclass(frozen=True)
class ColumnEntry:
    """One column; `checks` as tags, `origins` the columns it is made from, `landed` where those are from in the end."""

    name: str
    type: str
    meaning: str
    checks: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    landed: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableEntry:
    """One table; `grain` are the columns that tell its rows apart, `file` the SELECT that makes it."""

    name: str
    meaning: str
    columns: tuple[ColumnEntry, ...]
    grain: tuple[str, ...] = ()
    file: str | None = None
    reads: tuple[str, ...] = ()
    read_by: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


def read_dictionary(
    graph: ModelGraph, types: Types, headers: Headers, examples: Iterable[Example]
) -> dict[str, list[TableEntry]]:
    """Tables by schema, what people ask for first; within one in the order in which they are built."""
    readers: dict[TableName, list[str]] = {}
    for model in graph:
        for name in model.depends_on:
            readers.setdefault(name, []).append(str(model.name))
    origins = landed_origins(graph)
    asked = list(examples)
    pages: dict[str, list[TableEntry]] = {schema: [] for schema in SCHEMAS}
    for model in graph:
        entry = _of_model(graph, model, types[model.name], origins, headers, readers.get(model.name, []), asked)
        pages[model.name.schema].append(entry)
    for name in sorted(INPUTS):
        pages[name.schema].append(_of_input(name, headers, readers.get(name, []), asked))
    assert set(pages) == {*MODEL_SCHEMAS, *INPUT_SCHEMAS}
    return pages


def _of_model(
    graph: ModelGraph,
    model: Model,
    types: Mapping[str, str],
    origins: Origins,
    headers: Headers,
    read_by: list[str],
    examples: list[Example],
) -> TableEntry:
    direct = graph.lineage(model)
    columns = tuple(
        ColumnEntry(
            column.name,
            types[column.name],
            column.description,
            tuple(str(tag) for tag in column.tags),
            tuple(f"{table}.{source}" for table, source in direct[column.name]),
            tuple(_landed(origins[model.name, column.name], headers)),
        )
        for column in model.columns
    )
    return TableEntry(
        str(model.name),
        model.description,
        columns,
        _grain(model),
        f"sql/{model.name.schema}/{model.name.table}.sql",
        tuple(str(name) for name in model.depends_on),
        tuple(read_by),
        tuple(item for item in examples if str(model.name) in item.tables),
    )


def _of_input(name: TableName, headers: Headers, read_by: list[str], examples: list[Example]) -> TableEntry:
    spelled = headers.get(name.table, {}) if name.schema == "lake" else {}
    columns = tuple(
        ColumnEntry(column, kind.upper(), column_meaning(name, column), landed=spelled.get(column, ()))
        for column, kind in INPUTS[name].items()
    )
    asked = tuple(item for item in examples if str(name) in item.tables)
    return TableEntry(str(name), table_meaning(name), columns, read_by=tuple(read_by), examples=asked)


def _grain(model: Model) -> tuple[str, ...]:
    """The columns whose check says that together they are unique."""
    for column in model.columns:
        for tag in column.tags:
            if tag.name == "unique":
                return (column.name,)
            if tag.name == "unique_with":
                return tuple(name for name in model.column_names() if name in (column.name, *tag.args))
    return ()


def _landed(origins: Iterable[tuple[TableName, str]], headers: Headers) -> Iterable[str]:
    """`salesforce account: Id, Website` for landed columns; of settings and history the table is enough."""
    by_table: dict[TableName, list[str]] = {}
    for table, column in sorted(origins):
        spelled = headers.get(table.table, {}).get(column, ()) if table.schema == "lake" else ()
        by_table.setdefault(table, []).append(spelled[0] if spelled else column)
    for table, columns in by_table.items():
        plain = table.table.replace("_", " ")
        yield f"{plain}: {', '.join(columns)}" if table.schema == "lake" else str(table)
