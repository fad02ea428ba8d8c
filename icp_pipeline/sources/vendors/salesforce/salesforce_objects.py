"""Which Salesforce object a file holds, by its first rows, if its header fits several.

A record id starts with the prefix of its object, and Data Loader writes what it did with a row into STATUS.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from icp_pipeline.sources.declared.plan import FileFormat
from icp_pipeline.sources.refusal import Held, Ignored
from icp_pipeline.sources.table.recognition import Layout, Match, fold, forced, recognise
from icp_pipeline.sources.text.delimited import first_rows
from icp_pipeline.sources.text.parquet_text import first_parquet_rows, is_parquet
from icp_pipeline.sources.values.record_ids import unguarded

_PREFIXES = {
    "001": "Account",
    "003": "Contact",
    "006": "Opportunity",
    "008": "OpportunityHistory",
    "00K": "OpportunityContactRole",
    "00Q": "Lead",
    "500": "Case",
}
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_DONE = re.compile(r"item (?:\w+ )?(?:created|inserted|updated|upserted|deleted|undeleted)", re.IGNORECASE)
_RESULT = "Salesforce update result (see `icp ack`): not used"


def open_object(path: Path, declared: FileFormat, layouts: Sequence[Layout], header: Sequence[str]) -> Match:
    """The object's layout; raises Held if header and rows disagree, Ignored for the result of an update."""
    rows = first_parquet_rows(path) if is_parquet(path) else first_rows(path, declared, len(header))
    _refuse_answers(header, rows)
    try:
        match = recognise(layouts, header)
    except Held:
        by_id = _of_ids(layouts, header, rows, [place for place, name in enumerate(header) if fold(name) == "id"][:1])
        if by_id is None:
            raise
        return by_id
    return _checked(layouts, match, rows)


def _refuse_answers(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The result of a Data Loader update echoes its columns; only the values of STATUS tell it from an export."""
    places = [place for place, name in enumerate(header) if fold(name) == "status"]
    for place in places:
        values = [row[place].strip() for row in rows if row[place].strip()]
        done = [value for value in values if _DONE.fullmatch(value)]
        if done and len(done) == len(values):
            raise Ignored(_RESULT)
        looks_so = header[0] == "ID" and header[-1] == "STATUS" and len(values) > 1 and len({*values}) == 1
        if done or (looks_so and place == len(header) - 1):
            raise Held(
                "its column STATUS may be Data Loader's own, so that it is an update's answer, or a field of yours: "
                "take the file out of landing/ if it is an answer (see `icp ack`), else export it without that column"
            )


def _checked(layouts: Sequence[Layout], match: Match, rows: Sequence[Sequence[str]]) -> Match:
    """The match, or that of the object its ids belong to."""
    taken = match.layout.name.removeprefix("Salesforce ")
    header = match.header
    places = [match.at["id"]] if "id" in match.at else [p for p, name in enumerate(header) if fold(name) == "id"][:1]
    objects = _objects(rows, places)
    if taken not in _PREFIXES.values() or not objects or [*objects] == [taken]:
        return match
    by_id = _of_ids(layouts, header, rows, places) if taken not in objects else None
    if by_id is not None:
        return by_id
    said = " and ".join(f"{prefix} ({name})" for name, prefix in sorted(objects.items()))
    raise Held(
        f"by its columns it is {match.taken_for}, but ids in column '{header[places[0]]}' begin with {said}: export "
        "one object, with its own id and columns"
    )


def _of_ids(
    layouts: Sequence[Layout], header: Sequence[str], rows: Sequence[Sequence[str]], places: Sequence[int]
) -> Match | None:
    """The layout of the one object that all ids belong to, if the header has its required columns."""
    objects = _objects(rows, places)
    if len(objects) != 1:
        return None
    names = [f"Salesforce {name}" for name in objects]
    return forced([layout for layout in layouts if layout.name in names], header)


def _objects(rows: Sequence[Sequence[str]], places: Sequence[int]) -> dict[str, str]:
    """The objects that ids in these columns belong to, each with its prefix."""
    ids = [unguarded(row[place]).strip() for row in rows for place in places]
    found = {text[:3] for text in ids if _ID.fullmatch(text)}
    return {_PREFIXES[prefix]: prefix for prefix in found if prefix in _PREFIXES}
