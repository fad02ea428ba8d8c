"""The Salesforce update by Id, and the map that Data Loader needs beside it.

`#N/A` clears a field and an empty cell leaves it alone, so an account that lost its score gets `#N/A`. An account
outside the ICP gets a label of its own: a rep should see that it was judged, not that it was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from icp_pipeline.activation.csv_files import MAX_BYTES, ImportColumn, WrittenFile, write_import
from icp_pipeline.activation.icp_tags import records, tags_of
from icp_pipeline.activation.row_batches import Query, Rows
from icp_pipeline.activation.safe_cells import CLEAR, each, is_missing, number, review_text, text
from icp_pipeline.activation.target import ExportRun, Target
from icp_pipeline.settings.crm_fields import CrmFields, IcpSalesforceSettings, SalesforceExportSettings


@dataclass(frozen=True)
class SalesforceUpdate(Target):
    """An update by Id of the records that a model names (`id_column`), with `tier`, `score` and `icp_version`."""

    for_whom: str = "Salesforce"
    id_column: str = "salesforce_account_id"
    # Only the records whose tags the CRM does not have yet.
    changes_only: bool = False
    max_bytes: int = MAX_BYTES

    def queries(self, fields: CrmFields) -> tuple[Query, ...]:
        """The records by Id."""
        chosen = records(self.model, "salesforce", self.id_column, fields.further, changes_only=self.changes_only)
        return (Query(chosen, (self.id_column,)),)

    def write(self, rows: Sequence[Rows], folder: Path, about: ExportRun, fields: CrmFields) -> list[WrittenFile]:
        """Write the update, in parts where it is too large, and its map; further ICPs clear whom they are not about."""
        batches = (self._columns(frame, about, fields) for frame in rows[0].frames())
        written = write_import(folder, self.file, batches, self.max_bytes)
        if self.beside is None:
            return written
        headers = [column.header for column in self._columns(rows[0].empty, about, fields)]
        lines = ["#Mapping values", *(f"{header}={header}" for header in headers), ""]
        (folder / self.beside[0]).write_bytes("\n".join(lines).encode())
        return [*written, WrittenFile(self.beside[0], None)]

    def _columns(self, rows: pd.DataFrame, about: ExportRun, fields: CrmFields) -> list[ImportColumn]:
        own = fields.salesforce
        labels = own.labels.model_dump()
        columns = [ImportColumn("Id", "salesforce_id", each(rows[self.id_column], text))]
        columns += tag_columns(rows, own, labels)
        for icp_id, further in fields.further.items():
            columns += tag_columns(tags_of(rows, icp_id), further.salesforce, labels)
        if own.action:
            columns.append(ImportColumn(own.action, "code", each(rows["action"], _or_clear), may_clear=True))
        if own.override:
            cells = each(rows["override_tier"], lambda tier: _or_clear(labels.get(tier, tier)))
            columns.append(ImportColumn(own.override, "label", cells, may_clear=True))
        if own.reasons:
            columns.append(ImportColumn(own.reasons, "reason", each(rows["reason_text"], _reason), may_clear=True))
        return [*columns, scored_at(own, about, len(rows))]


def tag_columns(
    tags: pd.DataFrame, fields: SalesforceExportSettings | IcpSalesforceSettings, labels: Mapping[str, str]
) -> Iterator[ImportColumn]:
    """The columns of one ICP, as far as it has fields; `tags` have `tier`, `score` and `icp_version`."""
    if fields.tier:
        # A tier that is none of ours goes as it is, for its pattern to judge.
        cells = each(tags["tier"], lambda tier: _or_clear(labels.get(tier, None if tier == "unscored" else tier)))
        yield ImportColumn(fields.tier, "label", cells, may_clear=True)
    if fields.score:
        yield ImportColumn(
            fields.score, "score", each(tags["score"], lambda score: number(score) or CLEAR), may_clear=True
        )
    if fields.version:
        yield ImportColumn(fields.version, "version", each(tags["icp_version"], _or_clear), may_clear=True)


def scored_at(fields: SalesforceExportSettings, about: ExportRun, rows: int) -> ImportColumn:
    """The day of the scoring as the start of that day, for each of so many rows."""
    return ImportColumn(fields.scored_at, "datetime", [f"{about.as_of:%Y-%m-%d}T00:00:00.000Z"] * rows)


def _reason(value: Any) -> str:
    return review_text(value) or CLEAR


def _or_clear(value: Any) -> str:
    """The command to clear where there is no value; a value that reads like the command fails its pattern instead."""
    if is_missing(value):
        return CLEAR
    return str(value) if value != CLEAR else ""
