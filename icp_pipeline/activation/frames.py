"""Which rows an export is made of: one query per frame, for whoever holds the connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FRAME_QUERIES: dict[str, str] = {
    "salesforce_account_update": "select * from exports.salesforce_account_update",
    "hubspot_company_update": "select * from exports.hubspot_company_update",
    "icp_tags": "select * from exports.icp_tags",
    "accounts_review": "select * from exports.accounts_review",
    "changes": "select * from exports.changes",
}


def missing_frames(frames: Mapping[str, Any]) -> list[str]:
    """Names of the frames that an export cannot do without and were not given."""
    return [name for name in FRAME_QUERIES if name not in frames]
