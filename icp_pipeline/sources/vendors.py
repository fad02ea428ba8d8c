"""Which folder under landing/ belongs to which vendor, and reading one vendor file by its header."""

from __future__ import annotations

from pathlib import Path

from icp_pipeline.sources import (
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
from icp_pipeline.sources.blocks import read_rows
from icp_pipeline.sources.delimited import read_header
from icp_pipeline.sources.layout import Layout, Match, recognise
from icp_pipeline.sources.plan import FieldRequest, ReadPlan
from icp_pipeline.sources.reading import FileFacts, Reading, read_table, request_positions
from icp_pipeline.sources.refusal import Ignored
from icp_pipeline.sources.rules import Rules

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
    source: tuple(layout for layout in _ALL if layout.source == source) for source in {layout.source for layout in _ALL}
}

# Sources whose rows carry their name, because their ids are unique within the source only.
_NAMED = frozenset({"stripe"})


def rules_for(source: str, plan: ReadPlan, layout: Layout | None = None) -> Rules:
    """How a vendor's text is to be understood."""
    return Rules(
        date_order=plan.date_orders.get(source, "ymd"),
        timezone=plan.timezones.get(source, "UTC"),
        epoch=bool(layout and layout.epoch),
    )


def open_match(path: Path, source: str, plan: ReadPlan) -> Match:
    """Which of the vendor's files this is; raises Held or Ignored."""
    match = recognise(LAYOUTS[source], read_header(path, plan.encodings.get(source, "utf-8"), ","))
    if match.layout.kind is None:
        raise Ignored(f"{match.layout.name}: not used")
    return match


def read_vendor_file(path: Path, name: str, source: str, match: Match, plan: ReadPlan) -> Reading:
    """Read one file of a vendor's folder into lake tables."""
    layout = match.layout
    requests = fields_of(plan, layout.kind or "")
    wanted = [*match.at.values(), *request_positions(requests, match.header).values()]
    raw = read_rows(path, plan.encodings.get(source, "utf-8"), ",", wanted)
    facts = FileFacts(
        path=name,
        source_name=source if source in _NAMED else None,
        rules=rules_for(source, plan, layout),
        note=builtwith.note_for(path) if source == "builtwith" else {},
    )
    return read_table(raw, match, requests, facts)


def fields_of(plan: ReadPlan, record_kind: str) -> tuple[FieldRequest, ...]:
    """The configured columns of one kind of file."""
    return tuple(request for request in plan.fields if request.record_kind == record_kind)
