"""Lineage from one pass over the scopes agrees with what a reader would say, and with sqlglot's slow answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlglot import exp
from sqlglot.lineage import Node, lineage

from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.models.graph import ModelGraph, load_models, read_models
from icp_pipeline.models.lineage import column_lineage
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName

Write = Callable[[str, str], Path]

QUERIES = {
    "through a CTE with a star": (
        "with picked as (select * from core.one) select picked.x + 1 as a, picked.y as b from picked",
        {"a": ["core.one.x"], "b": ["core.one.y"]},
    ),
    "both branches of a union": (
        "select one.x as a from core.one union all select two.z as other from core.two",
        {"a": ["core.one.x", "core.two.z"]},
    ),
    "a union inside": (
        "with both_of as (select one.x as v from core.one union all select two.z from core.two) "
        "select sum(both_of.v) as a from both_of",
        {"a": ["core.one.x", "core.two.z"]},
    ),
    "a subquery as a value": (
        "select one.x + (select max(two.z) from core.two) as a from core.one",
        {"a": ["core.one.x", "core.two.z"]},
    ),
    "a subquery that reuses a name": (
        "select (select max(one.z) from core.two as one) as a from core.one",
        {"a": ["core.two.z"]},
    ),
    "a table subquery": (
        "select inner_one.total as a from (select sum(one.x) as total from core.one) as inner_one",
        {"a": ["core.one.x"]},
    ),
    "columns without their table": (
        "select x as a, z as b from core.one inner join core.two on one.y = two.w",
        {"a": ["core.one.x"], "b": ["core.two.z"]},
    ),
    "a CTE named like its table": (
        "with one as (select one.x from core.one) select one.x as a from one",
        {"a": ["core.one.x"]},
    ),
    "constants and counts": ("select 1 as a, count(*) as b from core.one", {"a": [], "b": []}),
    "a window": (
        "select row_number() over (partition by one.x order by one.y) as a from core.one",
        {"a": ["core.one.x", "core.one.y"]},
    ),
    "a filter does not make the value": ("select one.x as a from core.one where one.y > 1", {"a": ["core.one.x"]}),
    "an input of the graph": ("select run.as_of as a from settings.run", {"a": ["settings.run.as_of"]}),
}


@pytest.mark.parametrize("case", QUERIES)
def test_origins(case: str, write: Write, folder: Path) -> None:
    sql, expected = QUERIES[case]
    write("core.one", "select 1 as x, 2 as y")
    write("core.two", "select 1 as z, 2 as w")
    write("icp.model", sql)
    graph = load_models(folder)
    found = column_lineage(graph[TableName("icp", "model")], graph.columns_of)
    assert {name: [f"{table}.{column}" for table, column in origins] for name, origins in found.items()} == expected


def test_the_projects_models_are_walked_quickly(sql_dir: Path) -> None:
    graph, _ = read_models(sql_dir)
    start = time.perf_counter()
    for model in graph:
        column_lineage(model, graph.columns_of)
    assert time.perf_counter() - start < 6, "lineage of all models is meant to take about a second"


@pytest.mark.slow
def test_sqlglot_says_the_same_of_the_projects_models(sql_dir: Path) -> None:
    graph = load_models(sql_dir)
    for model in graph:
        found, slow = column_lineage(model, graph.columns_of), slow_origins(graph, model)
        assert set(slow) == set(model.column_names())
        for column, origins in slow.items():
            missing = origins - set(found[column])
            assert not missing, f"{model.name}.{column} also comes from {missing}"


def slow_origins(graph: ModelGraph, model: Model) -> dict[str, set[tuple[TableName, str]]]:
    """Origins of each column; sqlglot walks the query once per column."""
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for name in model.depends_on:
        columns = graph[name].column_names() if name in graph else tuple(INPUTS[name])
        schema.setdefault(name.schema, {})[name.table] = dict.fromkeys(columns, "varchar")
    roots = lineage(None, model.expression.copy(), schema=schema, dialect="duckdb")
    return {column: _leaves(root) for column, root in roots.items()}


def _leaves(root: Node) -> set[tuple[TableName, str]]:
    leaves = [node for node in root.walk() if isinstance(node.source, exp.Table) and not node.downstream]
    tables = [(TableName(leaf.source.db, leaf.source.name), leaf.name.rpartition(".")[2]) for leaf in leaves]
    return {(table, column_name.strip('"')) for table, column_name in tables if column_name != "*"}
