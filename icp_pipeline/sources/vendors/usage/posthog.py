"""Events as JSON lines or Parquet: PostHog batch exports, Amplitude and Mixpanel dumps.

Events that the libraries send by themselves are not activity (`usage_rules`); `$groupidentify` describes a group.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.duck import Connection
from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.declared.usage_rules import FURTHER_PROPERTIES, Record, UsageRules, dict_of, text_of
from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.table.cell_columns import Cells
from icp_pipeline.sources.table.derive import domain_from_key
from icp_pipeline.sources.table.reading import FileFacts, Reading, kind_table, reject_table
from icp_pipeline.sources.text.delimited import RawTable
from icp_pipeline.sources.text.file_parts import FilePart, cut_out, line_parts, lines_before
from icp_pipeline.sources.text.parquet_text import is_parquet, row_group_parts, row_groups
from icp_pipeline.sources.usage import event_parts
from icp_pipeline.sources.usage.daily_counts import Entry
from icp_pipeline.sources.usage.json_bulk import copy_clean_json

_JSON_ENDINGS = (".jsonl", ".ndjson", ".json")
_MARK = b"\xef\xbb\xbf"
_CRM_IDS = ("salesforce_account_id", "salesforce_id", "hubspot_company_id", "hubspot_id", "crm_account_id", "crm_id")
_BIGGEST = 8 * 1024**3
_LONGEST_LINE = 16 * 1024**2
_CHUNK = 100_000
_SAMPLE = 1 << 20
_ROWS_AT_ONCE = 5_000

_EVENT_COLUMNS = ("id", "occurred_at", "user_id", "group_id", "events")
_GROUP_COLUMNS = ("group_id", "user_id", "account_key", "domain", "received_at")
# A text, or what DuckDB's reader accepts and the standard does not: a trailing comma, `inf` and `nan`.
_LOOSE = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])|(?i:[+-]?(?:inf(?:inity)?|nan))(?=\s*[,}\]])')


def read_events_file(con: Connection, path: Path, out: Path, name: str, facts: FileFacts) -> Reading | None:
    """Read a file that holds events as Parquet or JSON lines; None for any other. Raises Held."""
    if not holds_events(path, name):
        return None
    if path.stat().st_size == 0:
        raise Held("empty file (0 bytes)")
    facts = replace(facts, rules=Rules(timezone=facts.rules.timezone, epoch=True))
    return replace(read_json_events(con, path, out, facts), table="usage_daily", taken_for="events, by their JSON")


def split_events_file(path: Path, name: str) -> Sequence[FilePart] | None:
    """The parts in which a file of events can be read; None for any other."""
    if not holds_events(path, name):
        return None
    return row_group_parts(path) if is_parquet(path) else line_parts(path)


def holds_events(path: Path, name: str) -> bool:
    """Whether a file of the usage folder is Parquet or JSON lines, by its bytes or else by its plain name."""
    if is_parquet(path) or name.casefold().endswith(_JSON_ENDINGS):
        return True
    with path.open("rb") as data:
        return data.read(64).removeprefix(_MARK).lstrip()[:1] == b"{"


def read_json_events(con: Connection, path: Path, out: Path, facts: FileFacts) -> Reading:
    """Read an events file; its daily rows go to `out`, its groups into the returned tables."""
    if is_parquet(path):
        return _read_one_by_one(con, path, Entry(out, facts.path), facts)
    facts = replace(facts, usage=facts.usage.seen_in(_sample(path)))
    if facts.part is None:
        return _read_lines(con, path, Entry(out, facts.path), facts)
    with cut_out(path, facts.part, out) as piece:
        return _read_lines(con, piece, Entry(out, facts.path), facts)


def _read_lines(con: Connection, path: Path, entry: Entry, facts: FileFacts) -> Reading:
    reading = _read_in_bulk(con, path, entry, facts) if facts.rules.timezone == "UTC" else None
    return reading or _read_one_by_one(con, path, entry, facts)


def _read_in_bulk(con: Connection, path: Path, entry: Entry, facts: FileFacts) -> Reading | None:
    """The same from DuckDB's reader; None if the file needs the exact one."""
    found = copy_clean_json(con, path, entry, facts.usage, facts.rules)
    if found is None:
        return None
    groups = _Columns(_GROUP_COLUMNS)
    for line, record in _group_records(path, lines_before(facts.part)) if found.groups else ():
        groups.add(line, _group(record))
    if groups.size != found.groups:
        return None
    tables, rejected = _groups(groups, facts)
    rows = found.events + found.no_activity + found.groups
    return Reading(tables, reject_table(facts.path, rejected), rows, len(rejected), rows_left_out=found.no_activity)


def _sample(path: Path) -> bytes:
    """Samples of the file's start, middle and end."""
    size = path.stat().st_size
    with path.open("rb") as data:
        if size <= 3 * _SAMPLE:
            return data.read()
        parts = []
        for start in (0, size // 2, size - _SAMPLE):
            data.seek(start)
            parts.append(data.read(_SAMPLE))
        return b"\n".join(parts)


def _group_records(path: Path, before: int) -> Iterator[tuple[int, Record]]:
    """Lines that may describe a group are few; only these are parsed one by one."""
    with path.open("rb") as data:
        for line, text in enumerate(data, start=before + 1):
            record = _parsed(text, line) if b"$groupidentify" in text else ""
            if not isinstance(record, str) and _name(record) == "$groupidentify":
                yield line, record


def _read_one_by_one(con: Connection, path: Path, entry: Entry, facts: FileFacts) -> Reading:
    events, groups = _Columns(_EVENT_COLUMNS), _Columns(_GROUP_COLUMNS)
    rejected: list[event_parts.Rejected] = []
    dropped = 0
    for line, record in _records(path, facts.part):
        if isinstance(record, str):
            rejected.append((line, None, record))
            continue
        name = _name(record)
        if name == "$groupidentify":
            groups.add(line, _group(record))
        elif facts.usage.is_activity(name):
            events.add(line, _event(record, facts.usage))
        else:
            dropped += 1
    raw, at = events.raw()
    rows, refused = event_parts.load_events(con, [raw], at, entry, facts.rules)
    tables, group_rejects = _groups(groups, facts)
    rejected += refused + group_rejects
    loaded = rows + dropped + sum(table.num_rows for table in tables.values())
    return Reading(
        tables, reject_table(facts.path, rejected), loaded + len(rejected), len(rejected), rows_left_out=dropped
    )


def _name(record: Record) -> str:
    return str(record.get("event") or record.get("event_type") or "")


class _Columns:
    """Records as columns of text with their lines, packed in chunks: Python strings would take five times more."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._chunks: list[pa.Table] = []
        self._open: list[tuple[str | None, ...]] = []
        self._lines: list[int] = []

    def add(self, line: int, record: dict[str, str | None]) -> None:
        self._lines.append(line)
        self._open.append(tuple(record.get(name) for name in self._names))
        if len(self._open) >= _CHUNK:
            self._pack()

    @property
    def size(self) -> int:
        """How many records were added."""
        return len(self._lines)

    def raw(self) -> tuple[RawTable, dict[str, int]]:
        self._pack()
        table = pa.concat_tables(self._chunks).combine_chunks()
        columns = {index: table.column(name).combine_chunks() for index, name in enumerate(self._names)}
        raw = RawTable(columns, np.array(self._lines, dtype=np.int64))
        return raw, {name: index for index, name in enumerate(self._names)}

    def _pack(self) -> None:
        schema = pa.schema([(name, pa.string()) for name in self._names])
        cells = list(zip(*self._open, strict=True)) if self._open else [() for _ in self._names]
        self._chunks.append(pa.table([pa.array(column, pa.string()) for column in cells], schema=schema))
        self._open = []


def _event(record: Record, usage: UsageRules) -> dict[str, str | None]:
    properties = dict_of(record.get("properties"))
    time = (
        record.get("timestamp") or record.get("event_time") or record.get("client_event_time") or properties.get("time")
    )
    user = (
        record.get("distinct_id") or record.get("user_id") or record.get("device_id") or properties.get("distinct_id")
    )
    event_id = record.get("uuid") or record.get("$insert_id") or properties.get("$insert_id")
    return {
        "id": text_of(event_id),
        "occurred_at": text_of(time),
        "user_id": text_of(user),
        "group_id": text_of(usage.group_of(record)),
        "events": "1",
    }


def _group(record: Record) -> dict[str, str | None]:
    properties = dict_of(record.get("properties"))
    traits = dict_of(properties.get("$group_set"))
    crm = next((traits[name] for name in _CRM_IDS if traits.get(name)), None)
    return {
        "group_id": text_of(properties.get("$group_key")),
        "account_key": text_of(crm),
        "domain": text_of(traits.get("domain") or traits.get("website")),
        "received_at": text_of(record.get("timestamp") or record.get("created_at")),
    }


def _groups(groups: _Columns, facts: FileFacts) -> tuple[dict[str, pa.Table], list[event_parts.Rejected]]:
    raw, at = groups.raw()
    if len(raw.lines) == 0:
        return {}, []
    kind = KINDS["usage_group"]
    cells = Cells(len(raw.lines), facts.rules, facts.path)
    for name, position in at.items():
        cells.read(name, raw.columns[position], kind.types[name], name, frozenset())
    domain_from_key(cells)
    keep = ~np.asarray(cells.get("group_id").is_null())
    rejects: list[event_parts.Rejected] = [
        (int(line), "$group_key", "required, but empty or not usable") for line in raw.lines[~keep]
    ]
    return {kind.name: kind_table(kind, cells, np.flatnonzero(keep), raw.lines, facts)}, rejects


def _records(path: Path, part: FilePart | None) -> Iterator[tuple[int, Record | str]]:
    """Line (or row) number and record; a text in place of a record is the reason why it cannot be read."""
    if is_parquet(path):
        yield from _parquet_records(path, part)
        return
    with path.open("rb") as data:
        for line, text in _lines(data, lines_before(part)):
            if text is None:
                yield line, f"a line longer than {_LONGEST_LINE:,} bytes"
            elif text.strip():
                yield line, _parsed(text, line)


def _lines(data: BinaryIO, before: int) -> Iterator[tuple[int, bytes | None]]:
    """Line number and line, None if it is too long for an event; raises Held beyond the size of any export.

    Never more than one line is in memory, and no more of it than allowed: a file can be one line of many GB.
    """
    read, line = 0, before
    while text := data.readline(_LONGEST_LINE):
        line += 1
        part = text
        while part and not part.endswith(b"\n"):
            read = _within_bounds(read + len(part))
            part = data.readline(_LONGEST_LINE)
        read = _within_bounds(read + len(part))
        yield line, text if text.endswith(b"\n") or len(text) < _LONGEST_LINE else None


def _within_bounds(size: int) -> int:
    if size > _BIGGEST:
        raise Held(f"unpacks to more than {_BIGGEST // 1024**3} GB: split it, or load it unpacked")
    return size


def _parsed(text: bytes, line: int) -> Record | str:
    if line == 1 and text.lstrip()[:1] not in (b"{", b"\xef"):
        raise Held("not JSON lines: expected one JSON object per line")
    try:
        record = _loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return "not a JSON object"
    return record if isinstance(record, dict) else "not a JSON object"


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(_LOOSE.sub(_strict, text))


def _strict(match: re.Match[str]) -> str:
    return {'"': match[0], ",": ""}.get(match[0][0], "null")


def _parquet_records(path: Path, part: FilePart | None) -> Iterator[tuple[int, Record]]:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError):
        raise Held("not readable as Parquet: it is damaged or not finished") from None
    wanted = [name for name in _PARQUET_COLUMNS if name in file.schema_arrow.names]
    if "event" not in wanted and "event_type" not in wanted:
        raise Held(f"Parquet without an event column. Found: {', '.join(file.schema_arrow.names[:12])}")
    # As dictionaries, because a column with one long text is small in the file and could fill the memory here.
    file = pq.ParquetFile(path, read_dictionary=wanted)
    line, size = lines_before(part), 0
    for batch in file.iter_batches(batch_size=_CHUNK, columns=wanted, row_groups=row_groups(part)):
        size = _within_bounds(size + sum(_bytes_of(column) for column in batch.columns))
        for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
            for record in batch.slice(start, _ROWS_AT_ONCE).to_pylist():
                line += 1
                yield line, record


def _bytes_of(column: pa.Array) -> int:
    """The size of a column if every cell has a different value."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.fill_null(pc.binary_length(column.dictionary), 0)
    longest = pc.max(lengths).as_py() or 0
    if longest > _LONGEST_LINE:
        raise Held(f"a cell longer than {_LONGEST_LINE:,} bytes: no event is that long")
    return int(pc.sum(lengths.take(column.indices.drop_null())).as_py() or 0)


_PARQUET_COLUMNS = (
    *("uuid", "event", "distinct_id", "properties", "timestamp", "created_at"),
    *("event_type", "event_time", "client_event_time", "user_id", "device_id", "groups", "$insert_id"),
    *FURTHER_PROPERTIES,
)
