"""Reads one file of a vendor's folder by its header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from icp_pipeline.sources.declared.plan import FieldRequest, FileFormat, ReadPlan
from icp_pipeline.sources.refusal import Ignored
from icp_pipeline.sources.table.reading import FileFacts, Reading, read_table, request_positions
from icp_pipeline.sources.table.recognition import Match, fits, fold
from icp_pipeline.sources.table.vendor import Vendor
from icp_pipeline.sources.text.blocks import read_rows
from icp_pipeline.sources.text.delimited import read_header

_ACCOUNT_COLUMNS = (
    *("Website", "Company Domain Name", "Website URL", "Industry", "Number of Employees", "Employees"),
    *("Annual Revenue", "Billing Country", "Billing Country/Region"),
)


def is_known(vendor: Vendor, header: list[str]) -> bool:
    """Whether a header is that of one of the vendor's files."""
    return bool(fits(vendor.layouts, header))


def open_match(path: Path, vendor: Vendor, declared: FileFormat) -> Match:
    """Which of the vendor's files this is; raises Held or Ignored."""
    header = read_header(path, declared)
    try:
        match = vendor.recognise(path, declared, vendor.layouts, header)
    except Ignored as ignored:
        raise Ignored(str(ignored), _of_accounts(header)) from None
    if match.layout.kind is None:
        raise Ignored(f"{match.layout.name}: not used", _of_accounts(header))
    return match


def _of_accounts(header: Sequence[str]) -> str | None:
    """Columns about accounts in a file that is not used."""
    folded = {fold(name): name for name in header}
    is_of_people = {"firstname", "lastname"} & {*folded}
    names = _ACCOUNT_COLUMNS if is_of_people else (*_ACCOUNT_COLUMNS, "Company name")
    return ", ".join(folded[fold(name)] for name in names if fold(name) in folded) or None


def read_vendor_file(
    path: Path, facts: FileFacts, match: Match, declared: FileFormat, requests: Sequence[FieldRequest]
) -> Reading:
    """Read one file of a vendor's folder into lake tables."""
    wanted = [*match.wanted, *request_positions(requests, match.header).values()]
    raw = read_rows(path, declared, wanted, facts.notes)
    facts = replace(facts, rules=declared.rules(match.layout.epoch))
    return read_table(raw, match, requests, facts)


def fields_of(plan: ReadPlan, record_kind: str) -> tuple[FieldRequest, ...]:
    """The configured columns of one kind of file."""
    return tuple(request for request in plan.fields if request.record_kind == record_kind)
