"""Brings one table up to date: rebuilds it, or some partitions, or leaves it; keeps audit counts still valid."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.rebuild.content import RUN, changed_partitions, changes_of, content_of
from icp_pipeline.rebuild.decision import UNCHANGED
from icp_pipeline.rebuild.fingerprints import Fingerprints
from icp_pipeline.rebuild.partition_audits import audit_again
from icp_pipeline.warehouse.build import Build


@dataclass
class Rebuild:
    """The tables of a work file, with what has changed since the version that it is a copy of."""

    build: Build
    known: Fingerprints
    # Audit counts by table, of those that need no audit again.
    audits: dict[TableName, pd.DataFrame]

    def table(self, model: Model) -> int:
        """Rebuild a table, or the partitions that changed, or leave it; returns its row count."""
        decision = self.known.decide(model, self.build.takes_partitions(model))
        if decision.action == UNCHANGED:
            return self._left(model)
        if decision.partitions is not None:
            return self._partitions(model, decision.partitions)
        return self._whole(model)

    def _left(self, model: Model) -> int:
        """Keep the rows; they may move to other files, or from a table to a view."""
        return self.build.count(model.name) if self.build.stands_right(model) else self._built(model)

    def _partitions(self, model: Model, partitions: frozenset[str]) -> int:
        """Rebuild some partitions, and audit only what changed if that is enough."""
        build, known = self.build, self.known
        if not partitions:  # what it reads came in other files, with the same content
            known.unchanged(model)
            return self._left(model)
        partitioned, counts = known.partitioned_inputs(model), self.audits.pop(model.name, None)
        with build.rebuilt_partitions(model, partitions, self._read_alike(model)) as (old, new):
            changed = changed_partitions(build, model, old, new)
            if changed:
                build.exchange_partitions(model, changed)
                known.changed(model, changed)
            else:
                known.unchanged(model)
            counts = audit_again(build, model, counts, (old, new), partitioned)
        if counts is not None:
            self.audits[model.name] = counts
        return self._left(model)

    def _built(self, model: Model) -> int:
        return self.build.build(model, self._read_alike(model))

    def _read_alike(self, model: Model) -> list[TableName]:
        """Tables that it reads and of which each of its partitions needs the same partition only."""
        return [name for name in self.known.partitioned_inputs(model) if name in model.depends_on and name != RUN]

    def _whole(self, model: Model) -> int:
        """Rebuild a table; if its rows are unchanged, its old content hash and counts are kept."""
        build, known, counts = self.build, self.known, self.audits.pop(model.name, None)
        if not known.was_there(model):
            return self._built(model)
        if model.partition_column is None:
            before = content_of(build, model.name)
            rows = self._built(model)
            is_same = before == content_of(build, model.name)
        else:
            with changes_of(build, model) as changes:
                rows = self._built(model)
            is_same = changes.partitions == frozenset()
            if changes.partitions is not None:
                known.changed(model, changes.partitions, changes.known)
        if is_same:
            known.unchanged(model)
            build.put_back(model)
            if counts is not None and known.audits_still_hold(model):
                self.audits[model.name] = counts
        return rows
