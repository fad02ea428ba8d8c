"""What a caller tells the exports: which run it is, and what the CRM's fields are called."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, fields

from icp_pipeline.errors import PublishError, SettingsError

_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .:_/-]{0,98}")
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# HubSpot's own tier property has the options tier_1 to tier_3 and no other.
HUBSPOT_STANDARD_TIER = "hs_ideal_customer_profile"


@dataclass(frozen=True)
class ExportRun:
    """The run an export belongs to. Every date in the files comes from `as_of`, so that a repeat is byte-identical."""

    run_id: str
    as_of: datetime.date
    icp_version: str | None = None

    def __post_init__(self) -> None:
        if not _RUN_ID.fullmatch(self.run_id):
            raise PublishError(f"'{self.run_id}' cannot name an export folder: expected letters, digits, . _ or -")


@dataclass(frozen=True)
class IcpFieldNames:
    """CRM fields of one further ICP (`icps.<name>.exports`); what has no field is not written."""

    icp_id: str
    salesforce_tier: str | None = None
    salesforce_score: str | None = None
    salesforce_version: str | None = None
    hubspot_tier: str | None = None
    hubspot_status: str | None = None
    hubspot_score: str | None = None
    hubspot_version: str | None = None

    def __post_init__(self) -> None:
        for field in fields(self)[1:]:
            name = getattr(self, field.name)
            if name is not None and not _FIELD_NAME.fullmatch(name):
                raise SettingsError(
                    f"icps.{self.icp_id}.exports: '{name}' cannot be {field.name}: expected the field's API name"
                    " (letters, digits, _); correct it in icp.yaml"
                )


@dataclass(frozen=True)
class ExportNames:
    """Field names in the CRM (`exports:` in icp.yaml), and what their options are called."""

    salesforce_tier: str = "ICP_Tier__c"
    salesforce_score: str = "ICP_Score__c"
    salesforce_version: str = "ICP_Model_Version__c"
    salesforce_scored_at: str = "ICP_Scored_At__c"
    hubspot_tier: str = HUBSPOT_STANDARD_TIER
    hubspot_status: str = "icp_status"
    hubspot_score: str = "icp_score"
    hubspot_version: str = "icp_model_version"
    hubspot_scored_at: str = "icp_scored_at"
    label_tier_1: str = "Tier 1"
    label_tier_2: str = "Tier 2"
    label_tier_3: str = "Tier 3"
    label_not_icp: str = "Not ICP"
    value_tier_1: str = "tier_1"
    value_tier_2: str = "tier_2"
    value_tier_3: str = "tier_3"
    value_not_icp: str = "not_icp"
    value_unscored: str = "unscored"
    value_in_icp: str = "in_icp"
    icps: tuple[IcpFieldNames, ...] = ()

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name == "icps":
                continue
            pattern = _LABEL if field.name.startswith(("label_", "value_")) else _FIELD_NAME
            if not pattern.fullmatch(getattr(self, field.name)):
                raise SettingsError(
                    f"exports: '{getattr(self, field.name)}' cannot be {field.name}: expected the field's API name"
                    " (letters, digits, _) or a plain picklist label; correct it in icp.yaml"
                )
        for system in ("salesforce_", "hubspot_"):
            self._refuse_twins(system)

    def _refuse_twins(self, system: str) -> None:
        parts: tuple[ExportNames | IcpFieldNames, ...] = (self, *self.icps)
        own = [getattr(part, field.name) for part in parts for field in fields(part) if field.name.startswith(system)]
        names = [name.casefold() for name in own if name is not None]
        twins = sorted({name for name in names if names.count(name) > 1})
        if twins:
            raise SettingsError(
                f"exports: two {system}fields are both called '{twins[0]}'; give each its own in icp.yaml"
            )

    def salesforce_label(self, label: str) -> str:
        """The picklist label of this company for one of ours (`Tier 1`, ..., `Not ICP`)."""
        ours = {
            "Tier 1": self.label_tier_1,
            "Tier 2": self.label_tier_2,
            "Tier 3": self.label_tier_3,
            "Not ICP": self.label_not_icp,
        }
        return ours.get(label, label)

    def hubspot_value(self, code: str) -> str:
        """This company's internal value for one of our codes (`tier_1`, ..., `in_icp`); others stay as they are."""
        return str(getattr(self, f"value_{code}", code))
