"""Counts of failing rows of a table that is built again in part: those of all other parts still hold.

Only where a rule looks at one row, or at rows of one part, and what it compares them with has not changed. The others
are counted over the whole table.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from icp_pipeline.models.model import Column, Model, Tag
from icp_pipeline.names import TableName
from icp_pipeline.quality.audit import audit_sql
from icp_pipeline.warehouse.build import Build

_OF_ONE_ROW = ("not_null", "accepted", "between", "finite", "references")
_RULE = ["check", "column", "severity"]
_COUNTS = ["failing", "total"]


class PartAudits:
    """Made before some parts of a table are built again, with the counts of the table as it stands."""

    def __init__(
        self,
        build: Build,
        model: Model,
        parts: Collection[str],
        told_apart: Collection[TableName],
        before: pd.DataFrame | None,
    ) -> None:
        self.before = before
        self._build, self._model, self._parts = build, model, parts
        tags = [(column, tag) for column in model.columns for tag in column.tags]
        self._adds_up = [adds_up(model, column, tag, told_apart) for column, tag in tags]
        self._gone = self._of_parts() if before is not None else None

    def after(self) -> pd.DataFrame | None:
        """The counts of the whole table, now that its parts are built; None when those before are not of its rules."""
        if self.before is None or self._gone is None:
            return None
        come, others = self._of_parts(), self._of_others()
        rules = _rules(self._model)
        if self.before[_RULE].to_numpy().tolist() != rules:
            return None
        adds_up = pd.Series(self._adds_up, dtype=bool)
        whole = self.before[[*_RULE, *_COUNTS]].reset_index(drop=True)
        if adds_up.any():
            change = come[_COUNTS].to_numpy() - self._gone[_COUNTS].to_numpy()
            whole.loc[adds_up, _COUNTS] += change
        if not adds_up.all():
            whole.loc[~adds_up, _COUNTS] = others[_COUNTS].to_numpy()
        return whole

    def _of_parts(self) -> pd.DataFrame:
        with self._build.rows_of_parts(self._model, self._parts) as view:
            return self._counts(replace(self._model, name=view), adding_up=True)

    def _of_others(self) -> pd.DataFrame:
        return self._counts(self._model, adding_up=False)

    def _counts(self, model: Model, *, adding_up: bool) -> pd.DataFrame:
        chosen = iter(self._adds_up)
        columns = [
            replace(column, tags=tuple(tag for tag in column.tags if next(chosen) is adding_up))
            for column in model.columns
        ]
        query = audit_sql(replace(model, columns=tuple(columns)))
        return pd.DataFrame(columns=[*_RULE, *_COUNTS]) if query is None else self._build.frame(query)


def adds_up(model: Model, column: Column, tag: Tag, told_apart: Collection[TableName]) -> bool:
    """Whether a rule's count is the sum of those of each part; `told_apart` are tables that changed in part too."""
    if tag.name == "references":
        return TableName.parse(tag.args[0].rpartition(".")[0]) not in {model.name, *told_apart}
    of_one_part = tag.name in ("unique", "unique_with") and model.part_column in (column.name, *tag.args)
    return tag.name in _OF_ONE_ROW or of_one_part


def _rules(model: Model) -> list[list[str]]:
    return [[tag.name, column.name, tag.severity] for column in model.columns for tag in column.tags]
