"""Section 7: each file, what it is for, and how it gets into the CRM."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from icp_pipeline.report.about import HUBSPOT, SALESFORCE, About, File

# By name without `_part_2` and the like: what for, and who takes it.
_PURPOSES = {
    "salesforce_account_update.csv": ("Salesforce", "Updates the tier and score of every account, by Id"),
    "salesforce_account_update.sdl": ("Salesforce", "The field map that Data Loader asks for"),
    "hubspot_company_update.csv": ("HubSpot", "Updates the tier and score of every company, by Record ID"),
    "hubspot_import_mapping.json": ("HubSpot", "The same import as a request for the imports API, for developers"),
    "accounts_review.csv": ("People", "Every account with tier, action and reasons, to sort and share; not for import"),
    "changes.csv": ("People", "Only the records whose tier moved since the CRM was last given it"),
    "icp.md": ("People", "The ICP on one page, to paste into a wiki or a brief"),
}
_ORDER = list(_PURPOSES)
_SALESFORCE_TYPES = {"tier": "the same picklist", "score": "Number 3, 2", "version": "Text, 40"}
_OPTIONS = {"tier": "tier_1 tier_2 tier_3 not_icp unscored", "status": "in_icp not_icp unscored"}
_HUBSPOT_TYPES = {"score": "Number", "version": "Single-line text"}


@dataclass(frozen=True)
class DownloadsView:
    """Files in the order in which people look for them, and the CRM's field names."""

    files: list[dict[str, object]]
    salesforce: dict[str, str]
    hubspot: dict[str, str]
    further_salesforce: list[tuple[str, str, str]]
    further_hubspot: list[tuple[str, str, str]]
    has_salesforce: bool
    has_hubspot: bool


def view(files: Sequence[File], about: About) -> DownloadsView:
    """`files` as the manifest lists them."""
    ordered = sorted(files, key=lambda file: (_place(file.name), file.name))
    listed: list[dict[str, object]] = []
    for file in ordered:
        target, purpose = _PURPOSES.get(_base(file.name), ("Other", "Part of this export"))
        part = "" if _base(file.name) == file.name else ", next part: the CRM limits the size of one file"
        listed.append(
            {
                "name": file.name,
                "target": target,
                "purpose": purpose + part,
                "rows": file.rows,
                "bytes": file.bytes,
                "sha256": file.sha256,
            }
        )
    rows = {file.name: file.rows or 0 for file in files}
    hubspot = {**HUBSPOT, **about.hubspot}
    lists = {
        field: f"Dropdown select with {', '.join(hubspot[f'value_{code}'] for code in codes.split())}"
        for field, codes in _OPTIONS.items()
    }
    return DownloadsView(
        listed,
        {**SALESFORCE, **about.salesforce},
        hubspot,
        _further(about.further_salesforce, _SALESFORCE_TYPES),
        _further(about.further_hubspot, {**lists, **_HUBSPOT_TYPES}),
        rows.get("salesforce_account_update.csv", 0) > 0,
        rows.get("hubspot_company_update.csv", 0) > 0,
    )


def _further(fields: Mapping[str, Mapping[str, str]], types: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """ICP, field and its type, in the order in which an admin creates them."""
    return [
        (icp_id, names[key], kind)
        for icp_id, names in sorted(fields.items())
        for key, kind in types.items()
        if key in names
    ]


def _base(name: str) -> str:
    return re.sub(r"_part_\d+(?=\.)", "", name)


def _place(name: str) -> int:
    return _ORDER.index(_base(name)) if _base(name) in _ORDER else len(_ORDER)
