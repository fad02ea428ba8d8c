"""Two plain files of our own: triggers (things that happened at a company) and engagement (touches)."""

from __future__ import annotations

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.recognition import Layout

LAYOUTS = (
    Layout(
        name="triggers",
        source="triggers",
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
    Layout(
        name="engagement",
        source="engagement",
        kind="engagement",
        aliases={
            "account_key": ("account", "account_id", "account_key", "domain", "company_domain"),
            "happened_on": ("happened_on", "happened_at", "date"),
            "channel": ("channel",),
            "kind": ("kind", "type"),
        },
        finish=derive.domain_from_key,
    ),
)
