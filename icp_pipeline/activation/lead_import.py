"""Updates of Salesforce leads by Id and HubSpot contacts by Record ID: tier, score, route; nothing of the person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from icp_pipeline.activation import hubspot_import, salesforce_import
from icp_pipeline.activation.csv_files import ImportColumn, WrittenFile, write_import
from icp_pipeline.activation.safe_cells import each, number, text
from icp_pipeline.activation.target import ExportRun, Target
from icp_pipeline.settings.crm_fields import CrmFields, HubspotValues, IcpSalesforceSettings

LEAD_TAGS = "exports.lead_tags"
# The column of HubSpot's file that its companies have not.
ROUTE = "ICP Route"


@dataclass(frozen=True)
class LeadUpdate(Target):
    """An update of the leads of one CRM, of all or of those whose tags it does not have yet."""

    model: str = LEAD_TAGS
    purpose: str = ""
    for_whom: str = "Salesforce"
    changes_only: bool = False

    def write(
        self, frames: Sequence[pd.DataFrame], folder: Path, about: ExportRun, fields: CrmFields
    ) -> list[WrittenFile]:
        """Write the update, in parts where the CRM would refuse its size."""
        rows = frames[0]
        rows = rows[rows["target"] == self.for_whom.lower()]
        if self.changes_only:
            rows = rows[rows["is_changed"].astype(bool)]
        rows = rows.sort_values("record_id", key=lambda ids: ids.str.zfill(20), kind="stable")
        columns = _salesforce(rows, about, fields) if self.for_whom == "Salesforce" else _hubspot(rows, about, fields)
        return write_import(folder, self.file, columns)


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
