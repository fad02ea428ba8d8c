"""Events at a company: a simple CSV format of our own."""

from __future__ import annotations

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor

LAYOUTS = (
    Layout(
        name="triggers",
        kind="trigger",
        aliases={
            "account_key": ("account", "account_id", "account_key", "domain", "company_domain"),
            "trigger": ("trigger", "trigger_type", "event"),
            "happened_on": ("happened_on", "happened_at", "date"),
            "strength": ("strength",),
            "source": ("source",),
        },
        finish=derive.domain_from_key,
    ),
)

VENDOR = Vendor(LAYOUTS)
