"""Audit counts of a table that is rebuilt in part: the counts of all other partitions are kept.

Only where a rule looks at one row, or at rows of one partition, and what it compares them with is unchanged. The others
are counted over the whole table.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pandas as pd

from icp_pipeline.models.model import Column, Model, Tag
from icp_pipeline.names import TableName
from icp_pipeline.rebuild.audit_counts import audit_counts
from icp_pipeline.warehouse.build import Build

_OF_ONE_ROW = ("not_null", "accepted", "between", "finite")
_RULE = ["check", "column", "severity"]
_COUNTS = ["failing", "total"]


def audit_again(
    build: Build,
    model: Model,
    counts: pd.DataFrame | None,
    rows: tuple[TableName, TableName],
    partitioned: Collection[TableName],
) -> pd.DataFrame | None:
    """Update the counts of a table of which some partitions were rebuilt.

    `rows` are tables with the old rows of these partitions and the new ones. None if `counts` are of other rules.
    """
    if counts is None or counts[_RULE].to_numpy().tolist() != _rules(model):
        return None
    tags = [(column, tag) for column in model.columns for tag in column.tags]
    of_partitions = [adds_up(model, column, tag, partitioned) for column, tag in tags]
    chosen, whole = pd.Series(of_partitions, dtype=bool), counts[[*_RULE, *_COUNTS]].reset_index(drop=True)
    if chosen.any():
        gone, come = (_counts(build, replace(_with(model, of_partitions), name=table)) for table in rows)
        whole.loc[chosen, _COUNTS] += come - gone
    if not chosen.all():
        whole.loc[~chosen, _COUNTS] = _counts(build, _with(model, [not one for one in of_partitions]))
    return whole


def _with(model: Model, chosen: list[bool]) -> Model:
    """The model with some of its rules only, as many as are marked."""
    marks = iter(chosen)
    columns = (replace(column, tags=tuple(tag for tag in column.tags if next(marks))) for column in model.columns)
    return replace(model, columns=tuple(columns))


def _counts(build: Build, model: Model) -> Any:
    counts = audit_counts(build, model)
    return [] if counts is None else counts[_COUNTS].to_numpy()


def adds_up(model: Model, column: Column, tag: Tag, partitioned: Collection[TableName]) -> bool:
    """Whether a rule's count is the sum over partitions; `partitioned` are tables that changed in part too."""
    if tag.name == "references":
        return TableName.parse(tag.args[0].rpartition(".")[0]) not in {model.name, *partitioned}
    of_one_partition = tag.name in ("unique", "unique_with") and model.partition_column in (column.name, *tag.args)
    return tag.name in _OF_ONE_ROW or of_one_partition


def _rules(model: Model) -> list[list[str]]:
    return [[tag.name, column.name, tag.severity] for column in model.columns for tag in column.tags]
