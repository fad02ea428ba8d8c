"""Section 7: each file, what it is for, and how to import it into the CRM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from icp_pipeline.activation.manifest import ManifestFile
from icp_pipeline.report.about import About
from icp_pipeline.report.audiences_section import is_list
from icp_pipeline.settings.crm_fields import HUBSPOT_STANDARD_TIER, CrmFields

# By CRM, the fields that an additional ICP can have, in the order in which an admin creates them.
_SALESFORCE_TYPES = {"tier": "the same picklist", "score": "Number 3, 2", "version": "Text, 40"}
_HUBSPOT_OPTIONS = {"tier": "tier_1 tier_2 tier_3 not_icp unscored", "status": "in_icp not_icp unscored"}
_HUBSPOT_TYPES = {"score": "Number", "version": "Single-line text"}


@dataclass(frozen=True)
class Imports:
    """The files for one CRM: its import file and related ones, whether it has rows, fields of additional ICPs."""

    file: str | None
    beside: str | None
    has_rows: bool
    further: list[tuple[str, str, str]]


@dataclass(frozen=True)
class DownloadsView:
    """Files in the order in which people look for them, and what each CRM needs for the import."""

    files: Sequence[ManifestFile]
    crm: CrmFields
    salesforce: Imports
    hubspot: Imports
    standard_tier: str = HUBSPOT_STANDARD_TIER


def view(files: Sequence[ManifestFile], about: About) -> DownloadsView:
    """`files` as the manifest lists them."""
    values = about.crm.hubspot.values.model_dump()
    lists = {
        field: f"Dropdown select with {', '.join(values[code] for code in codes.split())}"
        for field, codes in _HUBSPOT_OPTIONS.items()
    }
    return DownloadsView(
        [file for file in files if not is_list(file)],
        about.crm,
        _imports(files, about, "Salesforce", _SALESFORCE_TYPES),
        _imports(files, about, "HubSpot", {**lists, **_HUBSPOT_TYPES}),
    )


def _imports(files: Sequence[ManifestFile], about: About, crm: str, types: dict[str, str]) -> Imports:
    own = [file for file in files if file.for_whom == crm]
    return Imports(
        next((file.name for file in own if file.rows is not None), None),
        next((file.name for file in own if file.rows is None), None),
        any(file.rows for file in own),
        [*_further(about.crm, crm.casefold(), types)],
    )


def _further(fields: CrmFields, crm: str, types: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """ICP, field and field type."""
    for icp_id, further in fields.further.items():
        names = getattr(further, crm)
        yield from ((icp_id, name, kind) for key, kind in types.items() if (name := getattr(names, key)))
