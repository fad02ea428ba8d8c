"""Names of CRM fields and values of their options; defined only here.

`exports:` in icp.yaml changes the names of the primary ICP's fields, `icps.<name>.exports` gives another ICP its own.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import Field, model_validator

from icp_pipeline.settings.section import Section
from icp_pipeline.tiers import TIERS

# HubSpot's own tier property has the options tier_1 to tier_3 and no other.
HUBSPOT_STANDARD_TIER = "hs_ideal_customer_profile"
CrmField = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,99}$")]
# What an import file may hold as the value of a picklist.
PicklistValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 .:_/-]{0,98}$")]


class SalesforceLabels(Section):
    """Values of the tier picklist in Salesforce."""

    tier_1: PicklistValue = TIERS["tier_1"]
    tier_2: PicklistValue = TIERS["tier_2"]
    tier_3: PicklistValue = TIERS["tier_3"]
    not_icp: PicklistValue = TIERS["not_icp"]

    @model_validator(mode="after")
    def values_differ(self) -> SalesforceLabels:
        """Refuse two tiers with one value: the CRM could not distinguish them."""
        return _of_different_values(self)


class HubspotValues(Section):
    """Internal values of the options in HubSpot: of the status, and of a tier property of the company's own."""

    tier_1: PicklistValue = "tier_1"
    tier_2: PicklistValue = "tier_2"
    tier_3: PicklistValue = "tier_3"
    not_icp: PicklistValue = "not_icp"
    unscored: PicklistValue = "unscored"
    in_icp: PicklistValue = "in_icp"

    @model_validator(mode="after")
    def values_differ(self) -> HubspotValues:
        """Refuse two tiers with one value: the CRM could not distinguish them."""
        return _of_different_values(self)


Values = TypeVar("Values", SalesforceLabels, HubspotValues)


def _of_different_values(section: Values) -> Values:
    owners: dict[str, str] = {}
    for key, value in section.model_dump().items():
        other = owners.setdefault(value.casefold(), key)
        if other != key:
            raise ValueError(f"{key} and {other} are both '{value}'; give each its own value")
    return section


class SalesforceExportSettings(Section):
    """API names of the fields on Account, and the values of the tier picklist."""

    tier: CrmField = "ICP_Tier__c"
    score: CrmField = "ICP_Score__c"
    version: CrmField = "ICP_Model_Version__c"
    scored_at: CrmField = "ICP_Scored_At__c"
    # On Lead only.
    route: CrmField = "ICP_Route__c"
    # Off until named: an update with a field that Salesforce does not have fails as a whole.
    reasons: CrmField | None = None
    action: CrmField | None = None
    # The tier that somebody thinks right; off until named, for companies without overrides.
    override: CrmField | None = None
    labels: SalesforceLabels = SalesforceLabels()


class HubspotExportSettings(Section):
    """Internal names of the properties on Company, and the values of their options."""

    tier: CrmField = HUBSPOT_STANDARD_TIER
    status: CrmField = "icp_status"
    score: CrmField = "icp_score"
    version: CrmField = "icp_model_version"
    scored_at: CrmField = "icp_scored_at"
    # On contacts only.
    route: CrmField = "icp_route"
    reasons: CrmField | None = "icp_reasons"
    action: CrmField | None = "icp_action"
    # The tier that somebody thinks right; off until named, for companies without overrides.
    override: CrmField | None = None
    values: HubspotValues = HubspotValues()

    @model_validator(mode="after")
    def the_standard_property_keeps_its_options(self) -> HubspotExportSettings:
        """Refuse other values for HubSpot's own tier property: it has the options tier_1 to tier_3 only."""
        own = {key: getattr(self.values, key) for key in ("tier_1", "tier_2", "tier_3")}
        if self.tier == HUBSPOT_STANDARD_TIER and any(key != value for key, value in own.items()):
            raise ValueError(
                f"values: HubSpot's own property {HUBSPOT_STANDARD_TIER} takes tier_1, tier_2 and tier_3 only; name a "
                "property of your own under `tier` to rename its values"
            )
        return self


# No tool accepts headers with these, and none starts with what a spreadsheet would execute.
Header = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9 ()_/-]{0,99}$")]


class SalesNavigatorSettings(Section):
    """Headers of Sales Navigator's account lists, as LinkedIn's template has them."""

    account_name: Header = "Account Name"
    website: Header = "Website"
    country: Header = "Country"


class LinkedinSettings(Section):
    """How LinkedIn Ads' company lists name a country: by its ISO code, or by its name."""

    country: Literal["code", "name"] = "code"


class ExportSettings(Section):
    """Names of the CRM fields that tags are written to, and of the columns in lists for other tools.

    A score alone is sent when it moved by `score_step`.
    """

    score_step: Annotated[float, Field(gt=0, le=100)] = 5
    salesforce: SalesforceExportSettings = SalesforceExportSettings()
    hubspot: HubspotExportSettings = HubspotExportSettings()
    sales_navigator: SalesNavigatorSettings = SalesNavigatorSettings()
    linkedin: LinkedinSettings = LinkedinSettings()


class IcpSalesforceSettings(Section):
    """Fields on Account for one additional ICP; a tag without a field is not written."""

    tier: CrmField | None = None
    score: CrmField | None = None
    version: CrmField | None = None


class IcpHubspotSettings(Section):
    """Properties on Company for one additional ICP; a tag without a property is not written."""

    tier: CrmField | None = None
    status: CrmField | None = None
    score: CrmField | None = None
    version: CrmField | None = None


class IcpExportSettings(Section):
    """CRM fields of one additional ICP."""

    salesforce: IcpSalesforceSettings = IcpSalesforceSettings()
    hubspot: IcpHubspotSettings = IcpHubspotSettings()


class CrmFields(ExportSettings):
    """The fields of the primary ICP, and those of additional ICPs by ICP."""

    further: dict[str, IcpExportSettings] = {}

    def refuse_twins(self) -> None:
        """Two columns with one name in an import file: the CRM decides which wins. Raises ValueError naming both."""
        for crm in ("salesforce", "hubspot"):
            sections = {"exports": self, **{f"icps.{name}.exports": one for name, one in self.further.items()}}
            owners: dict[str, str] = {}
            for section, fields in sections.items():
                for key, name in (
                    getattr(fields, crm).model_dump(exclude={"labels", "values"}, exclude_none=True).items()
                ):
                    place = f"{section}.{crm}.{key}"
                    owner = owners.setdefault(name.casefold(), place)
                    if owner != place:
                        raise ValueError(f"{place}: '{name}' is already written by {owner}")
