"""Words are counted again when a file changes that has text or names of people; never for a night of usage."""

from __future__ import annotations

from types import SimpleNamespace

from icp_pipeline.run.landed_texts import text_files
from icp_pipeline.settings.language import LanguageSettings

FILES = (
    ("salesforce/Opportunity.csv", "salesforce_opportunity", "loaded"),
    ("salesforce/Contact.csv", "salesforce_contact", "loaded"),
    ("salesforce/Campaign.csv", "", "ignored"),
    ("salesforce/Account.csv", "salesforce_account", "loaded"),
    ("zendesk/tickets.csv", "ticket", "loaded"),
    ("nps/old.csv", "survey_response", "left out"),
    ("usage/tracks_2026-11-20.csv", "usage", "loaded"),
    ("usage/notes.csv", "", "ignored"),
)


def found(**language: object) -> list[str]:
    files = [SimpleNamespace(path=path, table_name=kind, status=status, sha256="abc") for path, kind, status in FILES]
    settings = SimpleNamespace(language=LanguageSettings.model_validate({"enabled": True, **language}))
    return [file.path for file in text_files(settings, SimpleNamespace(files=files))]  # type: ignore[arg-type]


def test_only_files_of_text_and_of_people_are_looked_at() -> None:
    assert found() == [
        "salesforce/Campaign.csv",
        "salesforce/Contact.csv",
        "salesforce/Opportunity.csv",
        "zendesk/tickets.csv",
    ]


def test_a_file_whose_texts_are_switched_off_is_not() -> None:
    assert "zendesk/tickets.csv" not in found(fields={"ticket_subject": False})
