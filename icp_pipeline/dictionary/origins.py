"""Traces each column back to the inputs it is made from: landed columns, settings, history."""

from __future__ import annotations

from collections.abc import Mapping

from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Origin
from icp_pipeline.names import TableName

Origins = Mapping[tuple[TableName, str], frozenset[Origin]]


def landed_origins(graph: ModelGraph) -> Origins:
    """For each column of each model, the input columns behind it; models are walked left to right, once."""
    found: dict[tuple[TableName, str], frozenset[Origin]] = {}
    for model in graph.in_order():
        for column, direct in graph.lineage(model).items():
            behind: set[Origin] = set()
            for table, source in direct:
                behind |= found.get((table, source), frozenset({(table, source)}))
            found[model.name, column] = frozenset(behind)
    return found
