"""Which folder under landing/ belongs to which vendor, and reading one vendor file by its header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from icp_pipeline.sources.declared.plan import FieldRequest, FileFormat, ReadPlan
from icp_pipeline.sources.refusal import Ignored
from icp_pipeline.sources.table.deletions import with_marks
from icp_pipeline.sources.table.reading import FileFacts, Reading, read_table, request_positions
from icp_pipeline.sources.table.recognition import Layout, Match, fits, fold, recognise
from icp_pipeline.sources.text.blocks import read_rows
from icp_pipeline.sources.text.delimited import read_header
from icp_pipeline.sources.vendors import (
    builtwith,
    clearbit,
    crunchbase,
    hubspot,
    nps,
    plain,
    salesforce,
    segment,
    stripe,
    zendesk,
)
from icp_pipeline.sources.vendors.salesforce_objects import open_object

_ALL: tuple[Layout, ...] = (
    *salesforce.LAYOUTS,
    *hubspot.LAYOUTS,
    *clearbit.LAYOUTS,
    *builtwith.LAYOUTS,
    *segment.LAYOUTS,
    *stripe.LAYOUTS,
    *nps.LAYOUTS,
    *zendesk.LAYOUTS,
    *crunchbase.LAYOUTS,
    *plain.LAYOUTS,
)

LAYOUTS: dict[str, tuple[Layout, ...]] = {
    source: tuple(with_marks(layout) for layout in _ALL if layout.source == source)
    for source in dict.fromkeys(layout.source for layout in _ALL)
}

_ACCOUNT_COLUMNS = (
    *("Website", "Company Domain Name", "Website URL", "Industry", "Number of Employees", "Employees"),
    *("Annual Revenue", "Billing Country", "Billing Country/Region"),
)
# Sources whose rows carry their name, because their ids are unique within the source only.
_NAMED = frozenset({"stripe"})


def is_known(source: str, header: list[str]) -> bool:
    """Whether a header is that of one of the vendor's files."""
    return bool(fits(LAYOUTS[source], header))


def open_match(path: Path, source: str, declared: FileFormat) -> Match:
    """Which of the vendor's files this is; raises Held or Ignored."""
    header = read_header(path, declared)
    try:
        if source == "salesforce":
            match = open_object(path, declared, LAYOUTS[source], header)
        else:
            match = recognise(LAYOUTS[source], header)
    except Ignored as ignored:
        raise Ignored(str(ignored), _of_accounts(header)) from None
    if match.layout.kind is None:
        raise Ignored(f"{match.layout.name}: not used", _of_accounts(header))
    return match


def _of_accounts(header: Sequence[str]) -> str | None:
    """Columns that tell of accounts in a file that is not used."""
    folded = {fold(name): name for name in header}
    is_of_people = {"firstname", "lastname"} & {*folded}
    names = _ACCOUNT_COLUMNS if is_of_people else (*_ACCOUNT_COLUMNS, "Company name")
    return ", ".join(folded[fold(name)] for name in names if fold(name) in folded) or None


def read_vendor_file(
    path: Path, facts: FileFacts, match: Match, declared: FileFormat, requests: Sequence[FieldRequest]
) -> Reading:
    """Read one file of a vendor's folder into lake tables."""
    layout = match.layout
    wanted = [*match.wanted, *request_positions(requests, match.header).values()]
    raw = read_rows(path, declared, wanted, facts.notes)
    source_name = layout.source if layout.source in _NAMED else None
    facts = replace(facts, source_name=source_name, rules=declared.rules(layout.epoch))
    return read_table(raw, match, requests, facts)


def fields_of(plan: ReadPlan, record_kind: str) -> tuple[FieldRequest, ...]:
    """The configured columns of one kind of file."""
    return tuple(request for request in plan.fields if request.record_kind == record_kind)
