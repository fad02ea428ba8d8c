"""Survey answers. Comments and people are not read; an address gives its domain only."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sources import derive
from icp_pipeline.sources.cells import Cells
from icp_pipeline.sources.layout import Layout

_TYPES = (
    "nps",
    "csat",
    "ces",
    "pmf",
    "sat",
    "satisfaction",
    "effort",
    "enps",
    "customer satisfaction",
    "star",
    "stars",
)

# A name that tells of another scale leaves that survey out, as its type would.
_OTHER = r"csat|satisfaction|effort|\bces\b|\bpmf\b"


def _domain(cells: Cells) -> None:
    cells.fill("domain", "email_domain")
    derive.domain_from_key(cells)


def _blank_types(cells: Cells) -> None:
    """A column with the names of surveys says nothing of their scale: what the folder is for holds."""
    types = cells.get("survey_type")
    is_type = pc.is_in(types, pa.array(_TYPES))
    is_other = pc.and_(pc.match_substring_regex(types, _OTHER), pc.invert(pc.match_substring(types, "nps")))
    is_name = pc.fill_null(pc.invert(pc.or_(is_type, is_other)), False)
    if pc.any(is_name).as_py():
        cells.columns["survey_type"] = pc.if_else(is_name, "nps", types)


LAYOUTS = (
    Layout(
        name="survey responses",
        source="nps",
        kind="survey_response",
        epoch=True,
        aliases={
            "id": ("Response ID", "id", "Survey Response ID"),
            "account_key": (
                "Account ID",
                "CRM Account ID",
                "Salesforce Account ID",
                "HubSpot Company ID",
                "Company ID",
                "account",
            ),
            "domain": ("Email domain", "Respondent domain", "Company domain", "Domain", "Website"),
            "survey_type": ("Survey type", "Survey"),
            "score": ("Score", "NPS Score", "Rating", "NPS"),
            "responded_at": ("Responded at", "created_at", "Response date", "Submitted at", "Date", "Timestamp"),
        },
        scratch={"email_domain": ("domain", ("Respondent email", "Email", "Person email", "person.email"))},
        must=("score", "responded_at"),
        # A file without the column, in this folder, is what the folder is for.
        finish=derive.chain(_domain, _blank_types, derive.fixed("survey_type", "nps"), derive.answers_only),
    ),
)
