"""Counts of failing rows of a table of which some days were built again: those of all other days still hold.

Only where each rule looks at one row, or at rows of one day, and what it compares them with has not changed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import pandas as pd

from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.quality.audit import audit_sql
from icp_pipeline.warehouse.build import Build

_OF_ONE_ROW = ("not_null", "accepted", "between", "finite", "references")
_RULE = ["check", "column", "severity"]
_COUNTS = ["failing", "total"]


def adds_up_by_day(model: Model, growing: Collection[TableName]) -> bool:
    """Whether the counts of all days are the sum of those of each; `growing` are tables that changed by day too."""
    for column in model.columns:
        for tag in column.tags:
            of_one_day = tag.name == "unique_with" and model.grows_by in (column.name, *tag.args)
            if tag.name not in _OF_ONE_ROW and not of_one_day:
                return False
            if tag.name == "references" and TableName.parse(tag.args[0].rpartition(".")[0]) in growing:
                return False
    return True


def counts_of_days(build: Build, model: Model, days: Sequence[str]) -> pd.DataFrame:
    """The audit of just those rows; no row when the model has no rules."""
    with build.rows_of_days(model, days) as view:
        query = audit_sql(replace(model, name=view))
        return pd.DataFrame(columns=[*_RULE, *_COUNTS]) if query is None else build.frame(query)


def exchanged(counts: pd.DataFrame, gone: pd.DataFrame, come: pd.DataFrame) -> pd.DataFrame | None:
    """The counts of the whole table after its days were built again; None when the three are not of the same rules."""
    of_rules = [frame[_RULE].reset_index(drop=True) for frame in (counts, gone, come)]
    if not all(rules.equals(of_rules[0]) for rules in of_rules):
        return None
    whole, before, after = (frame[_COUNTS].reset_index(drop=True) for frame in (counts, gone, come))
    return pd.concat([of_rules[0], whole - before + after], axis=1)
