"""Free text whose phrases are counted: an allow-list, and changes to it in `icp.yaml`. Off by default."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import field_validator

from icp_pipeline.errors import nearest
from icp_pipeline.settings.section import Section


@dataclass(frozen=True)
class TextField:
    """A column of free text: the lake kind of its rows, and the spellings of its header.

    `side`: it says why a deal was lost or won, so only such deals have it, and it is counted but not compared.
    """

    source: str
    kind: str
    headers: tuple[str, ...] = ()
    side: Literal["lost", "won"] | None = None


OPPORTUNITY, HUBSPOT_DEAL = "salesforce_opportunity", "hubspot_deal"
CALL = "call"
LOSS_REASON = "loss_reason"
# As `icp.yaml` writes the kinds of files that hold text.
TEXT_KINDS = {
    "salesforce.opportunity": OPPORTUNITY,
    "hubspot.deal": HUBSPOT_DEAL,
    "zendesk.ticket": "ticket",
    "nps.response": "survey_response",
}
# Nothing else is read for its words. A call's transcript is not a column, so it has no header.
TEXT_FIELDS: dict[str, TextField] = {
    field.source: field
    for field in (
        TextField("deal_description", OPPORTUNITY, ("Description",)),
        TextField("next_step", OPPORTUNITY, ("NextStep", "Next Step")),
        TextField(LOSS_REASON, OPPORTUNITY, (), side="lost"),
        TextField("closed_lost_reason", HUBSPOT_DEAL, ("Closed Lost Reason", "closed_lost_reason"), side="lost"),
        TextField("closed_won_reason", HUBSPOT_DEAL, ("Closed Won Reason", "closed_won_reason"), side="won"),
        TextField("ticket_subject", "ticket", ("Subject", "Ticket subject")),
        TextField("nps_comment", "survey_response", ("Comment", "Comments", "Score comment", "Feedback")),
        TextField(CALL, CALL),
    )
}
# Sources in which both sides have text.
COMPARED_SOURCES = tuple(name for name, field in TEXT_FIELDS.items() if field.side is None)


class LanguageSettings(Section):
    """Whether free text is read, from which columns, and which phrases to ignore (such as the own company's name)."""

    enabled: bool = False
    fields: dict[str, str | Literal[False]] = {}
    stop_phrases: tuple[str, ...] = ()

    @field_validator("fields")
    @classmethod
    def fields_are_known(cls, fields: dict[str, str | Literal[False]]) -> dict[str, str | Literal[False]]:
        """Refuse unknown sources and fields: a misspelt one would silently change nothing."""
        for source, place in fields.items():
            if source not in TEXT_FIELDS:
                known = ", ".join(TEXT_FIELDS)
                raise ValueError(f"'{source}' is not a text that is read.{nearest(source, TEXT_FIELDS)} Known: {known}")
            if place is not False:
                _kind_and_column(source, place)
        return fields

    @field_validator("stop_phrases")
    @classmethod
    def stop_phrases_have_words(cls, phrases: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse empty phrases: every text contains them."""
        if any(not phrase.strip() for phrase in phrases):
            raise ValueError("expected words in every stop phrase, found an empty one: take it out")
        return phrases

    def text_fields(self) -> tuple[TextField, ...]:
        """What is read, with the columns that `fields` names, and without those it disables."""
        found = []
        for source, field in TEXT_FIELDS.items():
            place = self.fields.get(source)
            if place is False:
                continue
            if place is not None:
                kind, column = _kind_and_column(source, place)
                field = replace(field, kind=kind, headers=(column,))
            if field.headers or field.kind == CALL:
                found.append(field)
        return tuple(found)


def _kind_and_column(source: str, place: str) -> tuple[str, str]:
    field = TEXT_FIELDS[source]
    deals = (OPPORTUNITY, HUBSPOT_DEAL)
    fitting = [name for name, kind in TEXT_KINDS.items() if kind == field.kind or {kind, field.kind} <= {*deals}]
    for name in fitting:
        if place.casefold().startswith(name + ".") and len(place) > len(name) + 1:
            return TEXT_KINDS[name], place[len(name) + 1 :]
    if not fitting:
        raise ValueError(
            f"{source}: is read from landing/voice/transcripts and has no column; expected false or nothing"
        )
    expected = " or ".join(f"{name}.<column as exported>" for name in fitting)
    hint = nearest(".".join(place.split(".")[:2]), fitting)
    raise ValueError(f"{source}: '{place}' names no column that it can be read from: expected {expected}.{hint}")
