"""Updates of Salesforce leads by Id and HubSpot contacts by Record ID: tier, score, route; nothing of the person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from icp_pipeline.activation import hubspot_import, salesforce_import
from icp_pipeline.activation.csv_files import ImportColumn, WrittenFile, write_import
from icp_pipeline.activation.row_batches import Query, Rows
from icp_pipeline.activation.safe_cells import each, number, text
from icp_pipeline.activation.target import ExportRun, Target
from icp_pipeline.names import literal
from icp_pipeline.settings.crm_fields import CrmFields, HubspotValues, IcpSalesforceSettings

LEAD_TAGS = "exports.lead_tags"
_BY_ID = ("case when length(record_id) < 20 then lpad(record_id, 20, '0') else record_id end",)
# The column of HubSpot's file that its companies have not.
ROUTE = "ICP Route"


@dataclass(frozen=True)
class LeadUpdate(Target):
    """An update of the leads of one CRM, of all or of those whose tags it does not have yet."""

    model: str = LEAD_TAGS
    purpose: str = ""
    for_whom: str = "Salesforce"
    changes_only: bool = False

    def queries(self, fields: CrmFields) -> tuple[Query, ...]:
        """The leads by id, numbers in their order."""
        select = f"select * from {self.model} where target = {literal(self.for_whom.lower())}"
        return (Query(f"{select} and is_changed" if self.changes_only else select, _BY_ID),)

    def write(self, rows: Sequence[Rows], folder: Path, about: ExportRun, fields: CrmFields) -> list[WrittenFile]:
        """Write the update, in parts where the CRM would refuse its size."""
        columns = _salesforce if self.for_whom == "Salesforce" else _hubspot
        return write_import(folder, self.file, (columns(frame, about, fields) for frame in rows[0].frames()))


def _salesforce(rows: pd.DataFrame, about: ExportRun, fields: CrmFields) -> list[ImportColumn]:
    own = fields.salesforce
    labels = own.labels.model_dump()
    return [
        ImportColumn("Id", "salesforce_id", each(rows["record_id"], text)),
        *salesforce_import.tag_columns(rows, IcpSalesforceSettings(tier=own.tier, score=own.score), labels),
        ImportColumn(own.route, "code", each(rows["route"], text)),
        salesforce_import.scored_at(own, about, len(rows)),
    ]


def _named(values: HubspotValues) -> Callable[[Any], str]:
    words = values.model_dump()
    return lambda tier: words.get(tier, "")


def _hubspot(rows: pd.DataFrame, about: ExportRun, fields: CrmFields) -> list[ImportColumn]:
    """HubSpot ignores blank cells, so that the tier always has a value and a lost score stays."""
    own = fields.hubspot
    return [
        ImportColumn("Record ID", "hubspot_id", each(rows["record_id"], text), field="hs_object_id"),
        ImportColumn("ICP Lead Tier", "label", each(rows["tier"], _named(own.values)), field="icp_lead_tier"),
        ImportColumn(
            hubspot_import.HEADERS["score"], "score", each(rows["score"], number), may_be_blank=True, field=own.score
        ),
        ImportColumn(ROUTE, "code", each(rows["route"], text), field=own.route),
        hubspot_import.scored_at(own, about, len(rows)),
    ]
