"""Survey answers. Comments and people are not read; an address gives its domain only."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.cell_columns import Cells
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor

# What survey tools call the types of their surveys. `enps` asks employees, not customers.
_TYPES = (
    *("nps", "csat", "ces", "pmf", "sat", "satisfaction", "effort", "enps", "customer satisfaction", "star", "stars"),
    *("5-star", "smileys", "smiley", "thumbs", "emoji", "custom", "other", "customer effort score", "customer_effort"),
    *("net promoter score", "net_promoter_score", "knowledge", "product market fit", "customer_satisfaction"),
)
_NPS = ("nps", "net promoter score", "net_promoter_score")
# A survey whose name shows another scale is left out, as its type would be.
_OTHER = r"csat|satisfaction|effort|\benps\b|\bces\b|\bpmf\b|smiley|thumb|\bstars?\b|employee"


def _domain(cells: Cells) -> None:
    cells.fill("domain", "email_domain")
    derive.domain_from_key(cells)


def names_as_nps(cells: Cells) -> None:
    """A column with survey names does not give the scale: the folder's default applies."""
    types = cells.get("survey_type")
    is_nps = pc.is_in(types, pa.array(_NPS))
    is_type = pc.is_in(types, pa.array(_TYPES))
    tells = pc.match_substring_regex(types, _OTHER)
    is_other = pc.and_(tells, pc.invert(pc.match_substring_regex(types, r"\bnps\b")))
    is_name = pc.fill_null(pc.invert(pc.or_(is_type, is_other)), False)
    if pc.any(pc.or_(is_name, is_nps)).as_py():
        cells.columns["survey_type"] = pc.if_else(pc.or_(is_name, pc.fill_null(is_nps, False)), "nps", types)
        cells.noted["SURVEY_NAMES"] = np.flatnonzero(is_name.to_numpy(zero_copy_only=False))


LAYOUTS = (
    Layout(
        name="survey responses",
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
        # A file in this folder without the column has the folder's default.
        finish=derive.chain(_domain, names_as_nps, derive.fixed("survey_type", "nps"), derive.answers_only),
    ),
)

VENDOR = Vendor(LAYOUTS)
