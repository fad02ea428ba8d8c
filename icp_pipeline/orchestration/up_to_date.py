"""Bringing tables up to date: built, built in part or left, with the counts of their audits that still hold."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.orchestration.part_audits import audit_again
from icp_pipeline.warehouse.build import Build
from icp_pipeline.warehouse.changes import RUN, changed_parts, changes_of, content_of
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
        return self._build_whole(model)

    def _build_parts(self, model: Model, parts: frozenset[str]) -> int:
        """Build a table again in part, and judge what came out otherwise alone where that will do."""
        build, known = self.build, self.known
        if not parts:  # what it reads came in other files, with the same content
            known.came_out_the_same(model)
            return build.count(model.name)
        apart, counts = known.told_apart_of(model), self.audits.pop(model.name, None)
        read = [name for name in apart if name in model.depends_on and name != RUN]
        with build.parts_anew(model, parts, read) as (old, new):
            changed = changed_parts(build, model, old, new)
            if changed:
                build.exchange_parts(model, changed)
                known.changed(model, changed)
            else:
                known.came_out_the_same(model)
            counts = audit_again(build, model, counts, (old, new), apart)
        if counts is not None:
            self.audits[model.name] = counts
        return build.count(model.name)

    def _build_whole(self, model: Model) -> int:
        """Build a table; where nothing has changed in it, its old token and counts stand."""
        build, known, counts = self.build, self.known, self.audits.pop(model.name, None)
        if not known.was_there(model):
            return build.build(model)
        if model.part_column is None:
            before = content_of(build, model.name)
            rows = build.build(model)
            is_same = before == content_of(build, model.name)
        else:
            with changes_of(build, model) as changes:
                rows = build.build(model)
            is_same = changes.parts == frozenset()
            if changes.parts is not None:
                known.changed(model, changes.parts, changes.known)
        if is_same:
            known.came_out_the_same(model)
            if counts is not None and known.is_judged_as_before(model):
                self.audits[model.name] = counts
        return rows
