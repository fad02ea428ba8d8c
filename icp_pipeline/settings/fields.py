"""Parses a `field:` of icp.yaml: a kind of record, and a column of its files."""

from __future__ import annotations

from typing import Any

from icp_pipeline.catalog.kinds import ACCOUNT_KINDS, FIELD_KINDS, MAPPED_KINDS
from icp_pipeline.errors import SettingsError, nearest
from icp_pipeline.settings.schema import Settings

_DEAL_KINDS = ("salesforce_opportunity", "hubspot_deal", "deal")
_LEAD_KINDS = ("salesforce_lead", "lead")
# Columns of a lead that say what became of it, by letters and digits; so does anything that starts with `converted`.
_LEAD_OUTCOMES = ("status", "leadstatus", "isconverted")
_MAPPED_OUTCOMES = ("is_converted", "converted_at")


def field_parts(field: str, sources: dict[str, Any]) -> tuple[str, str]:
    """Split `<file kind>.<column as exported>` into (record kind, column); raises SettingsError if it is neither."""
    for prefix, kind in FIELD_KINDS.items():
        if field.casefold().startswith(prefix + ".") and len(field) > len(prefix) + 1:
            return kind, field[len(prefix) + 1 :]
    key, dot, column = field.partition(".")
    if dot and column and key in sources:
        return key, column
    known = ", ".join([*FIELD_KINDS, *sources])
    raise SettingsError(
        f"field '{field}' names no file kind: expected <file kind>.<column as exported>, with one of {known}."
        f"{nearest('.'.join(field.split('.')[:2]), [*FIELD_KINDS, *sources])}"
    )


def blank_carrier(fields: tuple[str, ...], settings: Settings) -> tuple[str, str | None]:
    """Whose cell is blank if all `fields` are, as `carrier_of_all` says.

    Raises SettingsError for files that say nothing about accounts they have no row for.
    """
    carrier = carrier_of_all(fields, settings)
    if carrier is not None:
        return carrier
    raise SettingsError(
        f"'{', '.join(fields)}' is not in the account or deal files of one system, so a blank cell cannot be told "
        "from an account without such a row. Use one field of those, or remove `blank`."
    )


def carrier_of_all(fields: tuple[str, ...], settings: Settings) -> tuple[str, str | None] | None:
    """Whose records have one of `fields`: (`account`, `deal` or `any`, the system of the record).

    Without a field, as for predefined attributes, any account's. Files of leads and vendors in addition to one of
    accounts or deals change nothing; None if there is no other, or the files of several systems have one.
    """
    if not fields:
        return "any", None
    carriers = {field_carrier(field, settings) for field in fields} - {None}
    return carriers.pop() if len(carriers) == 1 else None


def field_carrier(field: str, settings: Settings) -> tuple[str, str] | None:
    """Whose records have `field`: (`account` or `deal`, the system of the record); None for files of other kinds."""
    prefix, _ = field_parts(field, settings.sources)
    mapped = settings.sources.get(prefix)
    kind = MAPPED_KINDS[mapped.kind] if mapped else prefix
    system = prefix if mapped else prefix.partition("_")[0]
    if kind in ACCOUNT_KINDS:
        return "account", system
    if kind in _DEAL_KINDS:
        return "deal", system
    return None


def refuse_outcome_of_lead(field: str, settings: Settings) -> None:
    """Raise SettingsError for a column that holds a lead's outcome: the score would use what it predicts."""
    prefix, column = field_parts(field, settings.sources)
    mapped = settings.sources.get(prefix)
    if (MAPPED_KINDS[mapped.kind] if mapped else prefix) not in _LEAD_KINDS:
        return
    letters = "".join(letter for letter in column.casefold() if letter.isalnum())
    as_mapped = [mapped.columns.get(name, "").casefold() for name in _MAPPED_OUTCOMES] if mapped else []
    if letters in _LEAD_OUTCOMES or letters.startswith("converted") or column.casefold() in as_mapped:
        raise SettingsError(
            f"'{field}' says what became of a lead, which is not known when it arrives: leads and accounts would be "
            "scored by their own outcome. Remove it, or use a field that is filled in earlier."
        )
