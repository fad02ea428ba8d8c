"""Audiences: lists of an ICP's accounts for other tools. Each ICP has two built-in ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from icp_pipeline.settings.section import Section

# A folder beside those of the audiences: accounts that are in none of them.
EXCLUSIONS = "exclusions"
BUILT_IN = {"tier_1": ("tier_1",), "target_accounts": ("tier_1", "tier_2")}

# Accounts outside the ICP or that are not prospects are excluded from every audience, so these cannot be selected.
Tier = Literal["tier_1", "tier_2", "tier_3", "unscored"]
Relationship = Literal["prospect", "open_deal", "customer", "former_customer"]
Reason = Literal["suppressed", "not_prospect", "disqualified", "not_icp", "customer", "open_deal"]


class AudienceSettings(Section):
    """Accounts of one ICP by tier and relationship, narrowed by a filter.

    Customers and open deals are excluded from an audience unless its `relationships` name them; `exclude` excludes them
    in any case, with every record of a company that has one.
    """

    icp: str = "primary"
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)] = ("tier_1", "tier_2")
    relationships: Annotated[tuple[Relationship, ...], Field(min_length=1)] = ("prospect",)
    where: str | None = None
    exclude: tuple[Reason, ...] = ()


def with_built_in(audiences: Mapping[str, AudienceSettings], icps: Mapping[str, Any]) -> dict[str, AudienceSettings]:
    """All audiences by name: the built-in ones of every ICP (icp.yaml may replace them), then the others."""
    built_in = {
        name if icp == "primary" else f"{icp}_{name}": AudienceSettings.model_validate({"icp": icp, "tiers": tiers})
        for icp in sorted(icps, key=lambda icp: (icp != "primary", icp))
        for name, tiers in BUILT_IN.items()
    }
    return built_in | {name: audiences[name] for name in sorted(audiences)}


def audience_rows(audiences: Mapping[str, AudienceSettings]) -> list[dict[str, Any]]:
    """Rows of `settings.audiences`."""
    return [
        {"audience": name, "audience_order": place, "icp_id": item.icp, "filter_sql": item.where}
        for place, (name, item) in enumerate(audiences.items(), start=1)
    ]


def choice_rows(audiences: Mapping[str, AudienceSettings]) -> list[dict[str, Any]]:
    """Rows of `settings.audience_choices`: what an audience lists, one value each."""
    return [
        {"audience": name, "choice": choice, "value": value}
        for name, item in audiences.items()
        for choice, values in (("tier", item.tiers), ("relationship", item.relationships), ("exclude", item.exclude))
        for value in sorted(set(values))
    ]
