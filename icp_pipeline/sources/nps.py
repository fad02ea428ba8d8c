"""Survey answers. Comments and people are not read; an address gives its domain only."""

from __future__ import annotations

from icp_pipeline.sources import derive
from icp_pipeline.sources.cells import Cells
from icp_pipeline.sources.layout import Layout


def _domain(cells: Cells) -> None:
    cells.fill("domain", "email_domain")
    derive.domain_from_key(cells)


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
        finish=derive.chain(_domain, derive.fixed("survey_type", "nps")),
    ),
)
