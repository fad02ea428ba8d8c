"""What to do with each landed file: use a mapping first, else the vendor of its folder, else nothing."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from icp_pipeline.catalog.kinds import MAPPED_KINDS
from icp_pipeline.duck import Connection
from icp_pipeline.errors import nearest
from icp_pipeline.sources.declared.plan import FieldRequest, FileFormat, MappedSource, ReadPlan
from icp_pipeline.sources.known_vendors import VENDORS, known_vendors
from icp_pipeline.sources.mapped import (
    check_format,
    check_mapping,
    is_mapped,
    mapped_rows,
    mapped_rules,
    match_mapped,
    read_mapped_file,
)
from icp_pipeline.sources.refusal import Held, Ignored
from icp_pipeline.sources.scan import Found, scan
from icp_pipeline.sources.table.column_quality import EventCounts
from icp_pipeline.sources.table.reading import FileFacts, Reading
from icp_pipeline.sources.table.recognition import Match
from icp_pipeline.sources.table.synonyms import filled_text
from icp_pipeline.sources.table.vendor import Vendor
from icp_pipeline.sources.text.blocks import parts_of, read_batches
from icp_pipeline.sources.text.file_format import format_found, holds_header
from icp_pipeline.sources.text.file_notes import FileNotes
from icp_pipeline.sources.text.file_parts import FilePart
from icp_pipeline.sources.text.packed import compression_of, plain_name, refuse_archive, unpacked
from icp_pipeline.sources.text.parquet_text import is_parquet
from icp_pipeline.sources.text.raw_table import RawTable
from icp_pipeline.sources.usage import event_parts
from icp_pipeline.sources.usage.daily_counts import Entry
from icp_pipeline.sources.vendor_files import fields_of, is_known, open_match, read_vendor_file
from icp_pipeline.sources.vendors import builtwith

# Columns of events that may be blank, in favour of another column with the same meaning.
_FILLED = ("user_id", "group_id")


@dataclass(frozen=True)
class Task:
    """One file, or a part of it, and one way to read it. `way` is what decides the result besides the content.

    `split` finds the parts in which a large file can be read, if there are any; raises Held or Ignored.
    """

    found: Found
    source: str
    table: str
    way: Callable[[], object]
    read: Callable[[Connection, Path, FilePart | None], Reading]
    ignored: str | None = None
    split: Callable[[], Sequence[FilePart]] = tuple
    part: FilePart | None = None

    def table_of(self, reading: Reading) -> str:
        """The lake kind the file filled."""
        tables = [table for table in reading.tables if table not in ("field_values", "file_note")]
        return self.table or reading.table or (tables[0] if tables else "usage_daily")


def tasks_for(found: list[Found], plan: ReadPlan) -> list[Task]:
    """A file may be mapped more than once: each mapping is a task of its own."""
    for source in plan.mapped:
        check_mapping(source)
    for vendor, declared in plan.vendors.items():
        check_format(declared, f"icp.yaml: vendors.{vendor}")
    tasks = []
    for entry in found:
        takes = () if entry.skip and not entry.is_note else plan.mapped
        mapped = [source for source in takes if fnmatch.fnmatchcase(entry.name, source.file)]
        tasks += [_mapped_task(entry, source, plan) for source in mapped] or [_vendor_task(entry, plan)]
    return tasks


def unread_folders(landing: Path, plan: ReadPlan) -> list[str]:
    """What `icp check` says about folders below landing/ from which no file is read; notes do not count."""
    files: dict[str, list[str]] = {}
    taken = {*known_vendors(), ""} | {source.file.split("/")[0] for source in plan.mapped}
    for entry in scan(landing):
        if entry.source not in taken and not entry.skip:
            files.setdefault(entry.source, []).append(Path(entry.name).name)
    return [
        f"{landing / folder}: nobody reads it, though it holds {names[0]}{_and_more(names)}."
        f"{nearest(folder, known_vendors())} Map its files under `sources:` in icp.yaml, add a module {folder}.py to "
        f"{VENDORS} (README.md in the folder above says how), or take the folder out of landing/"
        for folder, names in files.items()
    ]


def _and_more(names: Sequence[str]) -> str:
    return f" and {len(names) - 1:,} more" if len(names) > 1 else ""


def _nothing(found: Found, reason: str) -> Task:
    return Task(found, found.source, "", lambda: None, lambda con, out, part: _never(), ignored=reason)


def _never() -> Reading:
    raise AssertionError("an ignored file is never read")


def _mapped_task(found: Found, source: MappedSource, plan: ReadPlan) -> Task:
    kind = MAPPED_KINDS.get(source.kind, "")
    requests = fields_of(plan, source.key)

    def read(con: Connection, out: Path, part: FilePart | None) -> Reading:
        refuse_archive(found.path.name)
        with unpacked(found.path, out) as path:
            reading = _mapped_reading(con, out, path, found, source, plan, part)
            return replace(reading, taken_for=f"{source.kind}, by sources.{source.key}")

    split = partial(_mapped_parts, found, source)
    return Task(found, source.key, kind, lambda: _mapped_way(source, requests, plan), read, split=split)


def _mapped_way(source: MappedSource, requests: Sequence[FieldRequest], plan: ReadPlan) -> object:
    usage = [asdict(plan.usage)] if source.kind == "usage" else []
    return [asdict(source), [asdict(field) for field in requests], *usage]


def _mapped_reading(
    con: Connection,
    out: Path,
    path: Path,
    found: Found,
    source: MappedSource,
    plan: ReadPlan,
    part: FilePart | None,
) -> Reading:
    notes = FileNotes()
    source, match = _mapped_match(path, source, notes)
    facts = FileFacts(found.name, source.key, mapped_rules(source), notes=notes, part=part)
    if match.layout.kind == "usage_daily":
        facts = replace(facts.of_rows(), usage=plan.usage)
        raw, match = mapped_rows(path, source, match, (), facts.notes, part)
        return _counted(con, [raw], match, Entry(out, found.name), facts)
    if match.layout.kind == "builtwith_technology":
        facts = replace(facts, note=builtwith.note_for(found.path.with_name(plain_name(found.path.name))))
    return _with_notes(read_mapped_file(path, facts, source, match, fields_of(plan, source.key)), facts)


def _mapped_match(path: Path, source: MappedSource, notes: FileNotes) -> tuple[MappedSource, Match]:
    """The mapping with the file's own format, and the columns it names."""
    where = f"in icp.yaml, under `sources:` `{source.key}:`"
    declared = format_found(path, source.format, partial(is_mapped, source), where, notes)
    source = replace(source, format=declared)
    return source, match_mapped(path, source)


def _mapped_parts(found: Found, source: MappedSource) -> Sequence[FilePart]:
    if compression_of(found.path):
        return ()
    source, match = _mapped_match(found.path, source, FileNotes())
    # Without a declared decimal mark, one count may show how all of them are written.
    is_whole = "events" in match.at and not mapped_rules(source).decimal
    return () if is_whole else _parts(found.path, source.format, match)


def _parts(path: Path, declared: FileFormat, match: Match) -> Sequence[FilePart]:
    """Only events are read in parts: records of other kinds are compared with each other."""
    return parts_of(path, declared, [*match.at.values()]) if match.layout.kind == "usage_daily" else ()


def _counted(con: Connection, parts: Iterable[RawTable], match: Match, entry: Entry, facts: FileFacts) -> Reading:
    spellings = {name: match.spelling(name) for name in match.at}
    activity = event_parts.Activity(facts.usage, match.at.get("event"))
    counts = EventCounts()
    events = activity.only(parts)
    rows, rejected = event_parts.load_events(con, events, match.at, entry, facts.rules, spellings, counts)
    return _with_notes(event_parts.reading_of(rows, rejected, facts, activity.left_out, counts), facts)


def _with_notes(reading: Reading, facts: FileFacts) -> Reading:
    """The result of reading the file, and remarks on it."""
    notes = facts.notes.table(facts.path)
    return replace(reading, tables=reading.tables | {"file_note": notes}) if notes.num_rows else reading


def _vendor_task(found: Found, plan: ReadPlan) -> Task:
    lower = found.path.name.casefold()
    vendor = known_vendors().get(found.source)
    is_data = vendor is not None and vendor.reads_yaml and lower.endswith((".yaml", ".yml"))
    if found.refusal is None and found.skip and not is_data:
        return _nothing(found, found.skip)
    if vendor is None:
        return _unknown_folder(found, plan)
    if lower in builtwith.MANIFESTS:
        return _nothing(found, "a manifest")

    def read(con: Connection, out: Path, part: FilePart | None) -> Reading:
        refuse_archive(found.path.name)
        with unpacked(found.path, out) as path:
            return _vendor_reading(con, out, path, found, vendor, plan, part)

    split = partial(_vendor_parts, found, vendor, plan)
    return Task(found, found.source, "", lambda: _vendor_way(found, vendor, plan), read, split=split)


def _vendor_reading(
    con: Connection,
    out: Path,
    path: Path,
    found: Found,
    vendor: Vendor,
    plan: ReadPlan,
    part: FilePart | None,
) -> Reading:
    source, notes = found.source, FileNotes()
    rules = plan.format_of(source, found.name).rules()
    facts = FileFacts(found.name, source if vendor.is_named else None, rules, usage=plan.usage, notes=notes, part=part)
    facts = replace(facts, attributes=plan.attributes if vendor.reads_yaml else ())
    name = plain_name(found.path.name)
    other = vendor.read_other(con, path, out, name, facts) if vendor.read_other else None
    if other is not None:
        return other
    declared, match = _vendor_match(path, found, vendor, plan, notes)
    facts = replace(facts.of_rows(), rules=declared.rules(), note=_note(found, vendor))
    reading = _matched_reading(con, out, path, match, declared, facts, plan)
    return replace(reading, taken_for=match.taken_for)


def _vendor_match(
    path: Path, found: Found, vendor: Vendor, plan: ReadPlan, notes: FileNotes
) -> tuple[FileFormat, Match]:
    """How a table of text is written, and which of the vendor's it is; raises Held or Ignored."""
    name, source = plain_name(found.path.name), found.source
    declared = plan.format_of(source, found.name)
    _refuse_other_formats(path, name)
    where = (
        f"in icp.yaml, under `vendors:` `{source}:`; if it holds for this file only, under `files:` "
        f"`{found.path.name}:` there"
    )
    fits = partial(is_known, vendor)
    if name.casefold().endswith(".txt") and not holds_header(path, declared, fits):
        raise Ignored("a note, not data: none of its first lines is a known header")
    declared = format_found(path, declared, fits, where, notes)
    return declared, open_match(path, vendor, declared)


def _vendor_parts(found: Found, vendor: Vendor, plan: ReadPlan) -> Sequence[FilePart]:
    if compression_of(found.path):
        return ()
    other = vendor.split_other(found.path, found.path.name) if vendor.split_other else None
    if other is not None:
        return other
    declared, match = _vendor_match(found.path, found, vendor, plan, FileNotes())
    return _parts(found.path, declared, match)


def _matched_reading(
    con: Connection, out: Path, path: Path, match: Match, declared: FileFormat, facts: FileFacts, plan: ReadPlan
) -> Reading:
    if match.layout.kind == "usage_daily":
        match = event_parts.with_group_key(match, plan.usage.group_key)
        further = [place for column in _FILLED for place in match.also.get(column, ())]
        batches = read_batches(path, declared, [*match.at.values(), *further], facts.notes, facts.part)
        parts = (filled_text(part, match, _FILLED) for part in batches) if further else batches
        return _counted(con, parts, match, Entry(out, facts.path), facts)
    requests = fields_of(plan, match.layout.kind or "")
    return _with_notes(read_vendor_file(path, facts, match, declared, requests), facts)


def _vendor_way(found: Found, vendor: Vendor, plan: ReadPlan) -> object:
    kinds = {layout.kind for layout in vendor.layouts}
    fields = [asdict(field) for field in plan.fields if field.record_kind in kinds]
    usage = [asdict(plan.usage)] if "usage_daily" in kinds else []
    known = [plan.attributes] if vendor.reads_yaml else []
    return [
        found.source,
        asdict(plan.format_of(found.source, found.name)),
        fields,
        _note(found, vendor),
        *usage,
        *known,
    ]


def _note(found: Found, vendor: Vendor) -> dict[str, str]:
    return vendor.note_for(found.path.with_name(plain_name(found.path.name))) if vendor.note_for else {}


def _unknown_folder(found: Found, plan: ReadPlan) -> Task:
    # Files beside a mapped one are usually not wanted; their folder is not a misspelling.
    is_mapped = any(source.file.split("/")[0] == found.source for source in plan.mapped)
    hint = "" if is_mapped else nearest(found.source, known_vendors())
    where = f"folder '{found.source}'" if found.source else "the landing folder itself"
    if hint:
        problem = f"{where} belongs to no source.{hint}"
        found = Found(**{**asdict(found), "path": found.path, "refusal": found.refusal or problem})
    return _nothing(found, f"{where} belongs to no source and no `sources:` entry takes it")


def _refuse_other_formats(path: Path, name: str) -> None:
    """Parts of a table often have no extension; their header is checked anyway."""
    if Path(name).suffix.casefold() not in ("", ".csv", ".tsv", ".dat", ".txt") and not is_parquet(path):
        raise Held("not a CSV or Parquet file by its name or its content: expected .csv or .parquet")
