"""Touches of accounts: a simple CSV format of our own."""

from __future__ import annotations

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor

LAYOUTS = (
    Layout(
        name="engagement",
        kind="engagement",
        aliases={
            "account_key": ("account", "account_id", "account_key", "domain", "company_domain"),
            "happened_on": ("happened_on", "happened_at", "date"),
            "happened_at": ("happened_at",),
            "channel": ("channel",),
            "kind": ("kind", "type"),
        },
        finish=derive.domain_from_key,
    ),
)

VENDOR = Vendor(LAYOUTS)
