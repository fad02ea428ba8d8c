"""Visits and conversions on our website, by the visitor's company: a simple CSV format of our own."""

from __future__ import annotations

from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor

LAYOUTS = (
    Layout(
        name="website events",
        kind="web_event",
        aliases={
            "id": ("id", "event_id", "message_id"),
            "domain": ("domain", "company_domain", "account_domain"),
            "occurred_at": ("occurred_at", "timestamp", "event_timestamp", "time"),
            "event": ("event", "event_name"),
            "variant": ("variant", "experiment_variant"),
            "page": ("page", "page_path", "page_location", "path", "url"),
        },
        epoch=True,
    ),
)

VENDOR = Vendor(LAYOUTS)
