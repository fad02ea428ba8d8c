"""Which models Spark builds: those that read something as large as usage, or all."""

from __future__ import annotations

from icp_pipeline.catalog.inputs import DAY_COLUMNS, GROWING_INPUTS
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.names import TableName


def models_on_spark(graph: ModelGraph, which: str) -> frozenset[TableName]:
    """`usage`: models that read daily rows, from the lake or from other models; `all`: every model."""
    if which == "all":
        return frozenset(graph.models)
    grows = {*GROWING_INPUTS, *(model.name for model in graph if _has_a_row_for_each_day(model.column_names()))}
    return frozenset(model.name for model in graph if grows.intersection(model.depends_on))


def _has_a_row_for_each_day(columns: tuple[str, ...] | list[str]) -> bool:
    return not DAY_COLUMNS.isdisjoint(columns)
