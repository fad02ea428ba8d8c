"""Zendesk tickets, classic view export. Of the requester's address only the domain is read."""

from __future__ import annotations

import pyarrow.compute as pc

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.cell_columns import Cells
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor

# As a whole tag or type; the text of a ticket is not read.
_ASKS_FOR_MORE = r"(?i)(^|[,;\s])(feature|enhancement|product)[\s_-]?(request|feedback|idea|suggestion)s?($|[,;\s])"


def _what_it_is(cells: Cells) -> None:
    told = [name for name in ("tags", "type") if cells.has(name)]
    if told:
        asks = [pc.fill_null(pc.match_substring_regex(cells.get(name), _ASKS_FOR_MORE), False) for name in told]
        either = asks[0] if len(asks) == 1 else pc.or_(asks[0], asks[1])
        cells.columns["is_feature_request"] = pc.if_else(either, "true", "false")
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
        scratch={
            "tags": ("text", ("Tags", "Ticket tags")),
            "type": ("text", ("Ticket type", "Type")),
            "email_domain": ("domain", ("Requester email",)),
        },
        must=("id", "created_at"),
        finish=_what_it_is,
    ),
)

VENDOR = Vendor(LAYOUTS)
