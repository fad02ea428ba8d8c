"""Companies that nobody may approach: a simple CSV format of our own."""

from __future__ import annotations

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor

LAYOUTS = (
    Layout(
        name="suppress",
        kind="suppression",
        aliases={
            "account_key": ("account", "account_id", "account_key", "domain", "company_domain"),
            "reason": ("reason",),
            "until": ("until", "suppressed_until"),
        },
        finish=derive.domain_from_key,
    ),
)

VENDOR = Vendor(LAYOUTS)
