"""What is to be done with each landed file: a mapping first, else the vendor of its folder, else nothing."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from icp_pipeline.duck import Connection
from icp_pipeline.errors import nearest
from icp_pipeline.sources import builtwith, posthog, usage_events
from icp_pipeline.sources.blocks import read_batches
from icp_pipeline.sources.delimited import RawTable
from icp_pipeline.sources.kinds import MAPPED_KINDS
from icp_pipeline.sources.layout import Match
from icp_pipeline.sources.mapped import (
    check_format,
    check_mapping,
    mapped_rows,
    mapped_rules,
    match_mapped,
    read_mapped_file,
)
from icp_pipeline.sources.plan import FieldRequest, MappedSource, ReadPlan
from icp_pipeline.sources.reading import FileFacts, Reading
from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.rules import Rules
from icp_pipeline.sources.scan import Found, packed
from icp_pipeline.sources.segment import with_group_key
from icp_pipeline.sources.usage_counts import Entry
from icp_pipeline.sources.vendors import LAYOUTS, fields_of, open_match, read_vendor_file


@dataclass(frozen=True)
class Task:
    """One file and one way to read it. `way` is what, beside the content, decides the result."""

    found: Found
    source: str
    table: str
    way: Callable[[], object]
    read: Callable[[Connection, Path], Reading]
    ignored: str | None = None

    def table_of(self, reading: Reading) -> str:
        """The lake kind the file filled."""
        tables = [table for table in reading.tables if table != "field_values"]
        return self.table or (tables[0] if tables else "usage_daily")


def tasks_for(found: list[Found], plan: ReadPlan) -> list[Task]:
    """A file may be mapped more than once: each mapping is a task of its own."""
    for source in plan.mapped:
        check_mapping(source)
    for vendor, declared in plan.vendors.items():
        check_format(declared, f"icp.yaml: vendors.{vendor}")
    tasks = []
    for entry in found:
        mapped = [source for source in plan.mapped if fnmatch.fnmatchcase(entry.name, source.file)]
        tasks += [_mapped_task(entry, source, plan) for source in mapped] or [_vendor_task(entry, plan)]
    return tasks


def _nothing(found: Found, reason: str) -> Task:
    return Task(found, found.source, "", lambda: None, lambda con, out: _never(), ignored=reason)


def _never() -> Reading:
    raise AssertionError("an ignored file is never read")


def _mapped_task(found: Found, source: MappedSource, plan: ReadPlan) -> Task:
    kind = MAPPED_KINDS.get(source.kind, "")
    requests = fields_of(plan, source.key)

    def read(con: Connection, out: Path) -> Reading:
        match = match_mapped(found.path, source)
        if kind == "usage_daily":
            return _mapped_usage(con, out, found, source, match, plan)
        return read_mapped_file(found.path, found.name, source, match, requests)

    return Task(found, source.key, kind, lambda: _mapped_way(source, requests, plan), read)


def _mapped_way(source: MappedSource, requests: Sequence[FieldRequest], plan: ReadPlan) -> object:
    usage = [asdict(plan.usage)] if source.kind == "usage" else []
    return [asdict(source), [asdict(field) for field in requests], *usage]


def _mapped_usage(
    con: Connection, out: Path, found: Found, source: MappedSource, match: Match, plan: ReadPlan
) -> Reading:
    raw, match = mapped_rows(found.path, source, match, ())
    facts = FileFacts(found.name, source.key, mapped_rules(source))
    return _counted(con, [raw], match, Entry(out, found.name), replace(facts, usage=plan.usage))


def _counted(con: Connection, parts: Iterable[RawTable], match: Match, entry: Entry, facts: FileFacts) -> Reading:
    spellings = {name: match.spelling(name) for name in match.at}
    activity = usage_events.Activity(facts.usage, match.at.get("event"))
    rows, rejected = usage_events.load_events(con, activity.only(parts), match.at, entry, facts.rules, spellings)
    return usage_events.reading_of(rows, rejected, facts, activity.left_out)


def _vendor_task(found: Found, plan: ReadPlan) -> Task:
    lower = found.path.name.casefold()
    if found.refusal is None and found.skip:
        return _nothing(found, found.skip)
    if found.source not in LAYOUTS:
        return _unknown_folder(found, plan)
    if lower in builtwith.MANIFESTS:
        return _nothing(found, "a manifest")
    if found.source == "usage" and lower.endswith(posthog.ENDINGS):
        return Task(
            found,
            "usage",
            "usage_daily",
            lambda: [plan.format_of("usage", found.name).timezone, asdict(plan.usage)],
            lambda con, out: _json(con, out, found, plan),
        )

    def read(con: Connection, out: Path) -> Reading:
        _refuse_other_formats(found)
        match = open_match(found.path, found.source, plan.format_of(found.source, found.name))
        if match.layout.kind == "usage_daily":
            return _tracks(con, out, found, match, plan)
        return read_vendor_file(found.path, found.name, found.source, match, plan)

    return Task(found, found.source, "", lambda: _vendor_way(found, plan), read)


def _vendor_way(found: Found, plan: ReadPlan) -> object:
    source = found.source
    kinds = {layout.kind for layout in LAYOUTS[source]}
    fields = [asdict(field) for field in plan.fields if field.record_kind in kinds]
    note = builtwith.note_for(found.path) if source == "builtwith" else None
    usage = [asdict(plan.usage)] if source == "usage" else []
    return [source, asdict(plan.format_of(source, found.name)), fields, note, *usage]


def _unknown_folder(found: Found, plan: ReadPlan) -> Task:
    # Beside a mapped file lie others that nobody wants; their folder is not misspelt.
    is_mapped = any(source.file.split("/")[0] == found.source for source in plan.mapped)
    hint = "" if is_mapped else nearest(found.source, LAYOUTS)
    where = f"folder '{found.source}'" if found.source else "the landing folder itself"
    if hint:
        problem = f"{where} belongs to no source.{hint}"
        found = Found(**{**asdict(found), "path": found.path, "refusal": found.refusal or problem})
    return _nothing(found, f"{where} belongs to no source and no `sources:` entry takes it")


def _refuse_other_formats(found: Found) -> None:
    reason = packed(found.path.name)
    if reason:
        raise Held(reason)
    if not found.path.name.casefold().endswith((".csv", ".tsv", ".dat")):
        raise Held("not a CSV file by its name: expected .csv")


def _json(con: Connection, out: Path, found: Found, plan: ReadPlan) -> Reading:
    if found.size == 0:
        raise Held("empty file (0 bytes)")
    if found.path.name.casefold() == "manifest.json":
        return usage_events.reading_of(0, [], FileFacts(found.name))
    rules = Rules(timezone=plan.format_of("usage", found.name).timezone, epoch=True)
    return posthog.read_json_events(con, found.path, out, FileFacts(found.name, rules=rules, usage=plan.usage))


def _tracks(con: Connection, out: Path, found: Found, match: Match, plan: ReadPlan) -> Reading:
    declared = plan.format_of("usage", found.name)
    facts = FileFacts(found.name, rules=declared.rules(), usage=plan.usage)
    match = with_group_key(match, plan.usage.group_key)
    parts = read_batches(found.path, declared, list(match.at.values()))
    return _counted(con, parts, match, Entry(out, found.name), facts)
