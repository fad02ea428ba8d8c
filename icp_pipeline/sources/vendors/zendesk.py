"""Zendesk tickets, classic view export. The requester's address gives its domain only."""

from __future__ import annotations

import pyarrow.compute as pc

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.cell_columns import Cells
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor


def _merged_and_domain(cells: Cells) -> None:
    if cells.has("tags"):
        merged = pc.match_substring_regex(cells.get("tags"), r"(^|[,;\s])closed_by_merge($|[,;\s])")
        cells.columns["is_merged"] = pc.if_else(pc.fill_null(merged, False), "true", "false")
    cells.fill("domain", "email_domain")
    derive.domain_from_key(cells)


LAYOUTS = (
    Layout(
        name="Zendesk tickets",
        kind="ticket",
        nulls=frozenset({"-"}),
        aliases={
            "id": ("Id", "Ticket ID"),
            "account_key": ("Organization external id", "CRM Account ID", "Salesforce Account ID", "Account ID [txt]"),
            "domain": ("Requester domain",),
            "organization": ("Organization", "Organization name", "Requester organization"),
            "status": ("Status", "Ticket status"),
            "priority": ("Priority", "Ticket priority"),
            "created_at": ("Created at", "Ticket created", "Created"),
            "modified_at": ("Updated at", "Ticket updated", "Updated"),
            "solved_at": ("Solved at", "Ticket solved", "Solved"),
            "satisfaction": ("Satisfaction Score", "Satisfaction rating"),
        },
        scratch={"tags": ("text", ("Tags", "Ticket tags")), "email_domain": ("domain", ("Requester email",))},
        must=("id", "created_at"),
        finish=_merged_and_domain,
    ),
)

VENDOR = Vendor(LAYOUTS)
