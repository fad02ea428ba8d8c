"""Health scores of customers, as a customer success tool exports them."""

from __future__ import annotations

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor

LAYOUTS = (
    Layout(
        name="customer health",
        kind="health_score",
        aliases={
            "account_key": ("account", "account_id"),
            "health": ("health", "health_score"),
            "measured_on": ("measured_on", "date"),
        },
        finish=derive.domain_from_key,
    ),
)

VENDOR = Vendor(LAYOUTS)
