"""What the caller tells the report: which run it is, who answers for it, and what the CRM's fields are called."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class File(Protocol):
    """A file of the same folder, as the manifest describes it."""

    @property
    def name(self) -> str: ...
    @property
    def rows(self) -> int | None: ...
    @property
    def sha256(self) -> str: ...
    @property
    def bytes(self) -> int: ...


@dataclass(frozen=True)
class About:
    """The run that a report is of. Every date on the page comes from `as_of` or the tables, none from the clock."""

    run_id: str
    as_of: datetime.date
    owner: str | None = None
    # CRM field by what it holds: tier, score, version, scored_at, label_tier_1 and so on; of HubSpot also status, and
    # value_tier_1 in place of the label.
    salesforce: Mapping[str, str] = field(default_factory=dict)
    hubspot: Mapping[str, str] = field(default_factory=dict)
    # The same of further ICPs that have fields of their own, by ICP.
    further_salesforce: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    further_hubspot: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # A name for what the accounts' section shows (`earlier.accounts_made_from`); without one it is always made.
    accounts_made_from: str | None = None


SALESFORCE = {
    "tier": "ICP_Tier__c",
    "score": "ICP_Score__c",
    "version": "ICP_Model_Version__c",
    "scored_at": "ICP_Scored_At__c",
    "label_tier_1": "Tier 1",
    "label_tier_2": "Tier 2",
    "label_tier_3": "Tier 3",
    "label_not_icp": "Not ICP",
}
HUBSPOT = {
    "tier": "hs_ideal_customer_profile",
    "status": "icp_status",
    "score": "icp_score",
    "version": "icp_model_version",
    "scored_at": "icp_scored_at",
    **{f"value_{code}": code for code in ("tier_1", "tier_2", "tier_3", "not_icp", "unscored", "in_icp")},
}
