"""The HubSpot company import by Record ID, and the same as a request to its imports API.

HubSpot ignores blank cells, so an import can never clear a property. Its own tier property has only three options;
whether a company is in the ICP at all therefore stands in a property of its own, which carries a value in every row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from icp_pipeline.activation.csv_files import MAX_ROWS, ImportColumn, WrittenFile, write_import
from icp_pipeline.activation.icp_tags import records, tags_of
from icp_pipeline.activation.row_batches import Query, Rows
from icp_pipeline.activation.safe_cells import each, is_missing, number, review_text, text
from icp_pipeline.activation.target import ExportRun, Target
from icp_pipeline.settings.crm_fields import (
    HUBSPOT_STANDARD_TIER,
    CrmFields,
    HubspotExportSettings,
    HubspotValues,
    IcpHubspotSettings,
)

# Headers of the primary ICP's columns: they say the same whatever its properties are called.
SCORED_AT = "ICP Scored At"
HEADERS = {
    "tier": "Ideal Customer Profile Tier",
    "status": "ICP Status",
    "score": "ICP Score",
    "version": "ICP Model Version",
    "action": "ICP Action",
    "reasons": "ICP Reasons",
    "override": "ICP Override",
}
# Where nobody has overridden a tier: a blank cell would leave an override that has ended.
NOT_OVERRIDDEN = "none"
# All that HubSpot's own tier property can say.
_STANDARD_OPTIONS = ("tier_1", "tier_2", "tier_3")
_COMPANY = "0-2"


@dataclass(frozen=True)
class HubspotUpdate(Target):
    """An import of the companies that a model names (`id_column`), with `tier`, `score` and `icp_version`."""

    for_whom: str = "HubSpot"
    id_column: str = "hubspot_company_id"
    # Only the records whose tags the CRM does not have yet.
    changes_only: bool = False
    max_rows: int = MAX_ROWS

    def queries(self, fields: CrmFields) -> tuple[Query, ...]:
        """The companies by Record ID, as numbers would sort."""
        chosen = records(self.model, "hubspot", self.id_column, fields.further, changes_only=self.changes_only)
        return (Query(chosen, (f"length({self.id_column})", self.id_column)),)

    def write(self, rows: Sequence[Rows], folder: Path, about: ExportRun, fields: CrmFields) -> list[WrittenFile]:
        """Write the import, in parts where it is too long, and the request that imports all parts."""
        batches = (self._columns(frame, about, fields) for frame in rows[0].frames())
        written = write_import(folder, self.file, batches, max_rows=self.max_rows)
        if self.beside is None:
            return written
        columns = self._columns(rows[0].empty, about, fields)
        request = _import_request(about, columns, [file.name for file in written])
        (folder / self.beside[0]).write_bytes((json.dumps(request, indent=2) + "\n").encode())
        return [*written, WrittenFile(self.beside[0], None)]

    def _columns(self, rows: pd.DataFrame, about: ExportRun, fields: CrmFields) -> list[ImportColumn]:
        own = fields.hubspot
        *tags, version = _tags(rows, own, own.values, HEADERS)
        for icp_id, further in fields.further.items():
            tags += _tags(tags_of(rows, icp_id), further.hubspot, own.values, {})
        return [
            ImportColumn("Record ID", "hubspot_id", each(rows[self.id_column], text), field="hs_object_id"),
            *tags,
            scored_at(own, about, len(rows)),
            version,
            *_words(rows, own),
        ]


def _tags(
    tags: pd.DataFrame,
    fields: HubspotExportSettings | IcpHubspotSettings,
    values: HubspotValues,
    headers: Mapping[str, str],
) -> Iterator[ImportColumn]:
    """The columns of one ICP, as far as it has properties; one without a header is headed by its property's name.

    Tier and status carry a value in every row: a blank cell would leave what stood there when the account left the ICP.
    """
    called = values.model_dump()
    option = "code" if all(code == value for code, value in called.items()) else "label"

    def column(key: str, kind: str, cells: list[str], *, may_be_blank: bool = False) -> ImportColumn:
        name = getattr(fields, key)
        return ImportColumn(headers.get(key, name), kind, cells, may_be_blank=may_be_blank, field=name)

    # A tier that is none of ours goes as it is, for its pattern to judge.
    tiers = ["" if is_missing(tier) else str(tier) for tier in tags["tier"]]
    if fields.tier:
        # A property of the company's own can have options for everything, so there nothing goes stale.
        is_standard = fields.tier == HUBSPOT_STANDARD_TIER
        codes = [code if code in _STANDARD_OPTIONS else "" for code in tiers] if is_standard else tiers
        yield column("tier", option, [called.get(code, code) for code in codes], may_be_blank=True)
    if fields.status:
        codes = ["in_icp" if code in _STANDARD_OPTIONS else code for code in tiers]
        yield column("status", option, [called.get(code, code) for code in codes])
    if fields.score:
        yield column("score", "score", each(tags["score"], number), may_be_blank=True)
    if fields.version:
        yield column("version", "version", each(tags["icp_version"], text), may_be_blank=True)


def scored_at(fields: HubspotExportSettings, about: ExportRun, rows: int) -> ImportColumn:
    """The day of the scoring, for each of so many rows."""
    return ImportColumn(SCORED_AT, "date", [f"{about.as_of:%Y-%m-%d}"] * rows, field=fields.scored_at)


def _words(rows: pd.DataFrame, fields: HubspotExportSettings) -> Iterator[ImportColumn]:
    """What to do and why, as far as there are properties for it."""
    if fields.action:
        yield ImportColumn(HEADERS["action"], "code", each(rows["action"], text), field=fields.action)
    if fields.override:
        codes = each(rows["override_tier"], lambda tier: NOT_OVERRIDDEN if is_missing(tier) else str(tier))
        yield ImportColumn(HEADERS["override"], "code", codes, field=fields.override)
    if fields.reasons:
        cells = each(rows["reason_text"], review_text)
        yield ImportColumn(HEADERS["reasons"], "reason", cells, may_be_blank=True, field=fields.reasons)


def _import_request(about: ExportRun, columns: Sequence[ImportColumn], files: Sequence[str]) -> dict[str, Any]:
    """The `importRequest` of `POST /crm/v3/imports`: updates companies that exist and creates none."""
    mappings = [
        {
            "columnObjectTypeId": _COMPANY,
            "columnName": column.header,
            "propertyName": column.field,
            "idColumnType": "HUBSPOT_OBJECT_ID" if column.kind == "hubspot_id" else None,
        }
        for column in columns
    ]
    page = {"hasHeader": True, "columnMappings": mappings}
    return {
        "name": f"ICP tiers as of {about.as_of:%Y-%m-%d}",
        "dateFormat": "YEAR_MONTH_DAY",
        "importOperations": {_COMPANY: "UPDATE"},
        "files": [{"fileName": file, "fileFormat": "CSV", "fileImportPage": page} for file in files],
    }
