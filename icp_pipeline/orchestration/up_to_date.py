"""Bringing tables up to date: built, built in part or left, with the counts of their audits that still hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd

from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.orchestration.part_audits import PartAudits
from icp_pipeline.warehouse.build import Build
from icp_pipeline.warehouse.changes import RUN, changes_of, content_of
from icp_pipeline.warehouse.reuse import Fingerprints


@dataclass
class UpToDate:
    """The tables of a work file, with what is known of them since the version that it is a copy of."""

    build: Build
    known: Fingerprints
    # Audit counts by table, of those that need not be judged again.
    audits: dict[TableName, pd.DataFrame]

    def bring(self, model: Model) -> int:
        """Build a table, or its parts that changed, or leave it; returns its row count."""
        task = self.known.task(model)
        if task.is_unchanged:
            return self.build.count(model.name)
        if task.parts is not None:
            return self._build_parts(model, task.parts)
        counts = self.audits.pop(model.name, None)
        with self._noticing_changes(model, counts):
            return self.build.build(model)

    def _build_parts(self, model: Model, parts: frozenset[str]) -> int:
        """Build a table again in part, and judge these rows alone where that will do; returns its row count."""
        build, known = self.build, self.known
        if not parts:  # what it reads came in other files, with the same content
            known.came_out_the_same(model)
            return build.count(model.name)
        apart = known.told_apart_of(model)
        counts = PartAudits(build, model, parts, apart, self.audits.pop(model.name, None))
        with self._noticing_changes(model, counts.before, parts):
            rows = build.build_parts(model, parts, [name for name in apart if name in model.depends_on and name != RUN])
        if model.name not in self.audits:
            whole = counts.after()
            if whole is not None:
                self.audits[model.name] = whole
        return rows

    @contextmanager
    def _noticing_changes(
        self, model: Model, counts: pd.DataFrame | None, parts: frozenset[str] | None = None
    ) -> Iterator[None]:
        """Tell after building what has changed; where nothing has, the table's old token and counts stand."""
        build, known = self.build, self.known
        if not known.was_there(model):
            yield
            return
        if model.part_column is None:
            before = content_of(build, model.name)
            yield
            is_same = before == content_of(build, model.name)
        else:
            with changes_of(build, model, parts) as changes:
                yield
            known.changed(model, changes)
            is_same = changes.parts == frozenset()
        if is_same:
            known.came_out_the_same(model)
            if counts is not None and known.is_judged_as_before(model):
                self.audits[model.name] = counts
