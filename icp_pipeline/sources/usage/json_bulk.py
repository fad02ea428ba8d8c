"""JSON lines in bulk: DuckDB reads the text once; anything unusual is left to the exact reader.

Everything is read as JSON text, so that a number is never taken for a string. Most places where an event may have a
value are empty in a file; only the others are looked at. More than one rule names an account's group: each distinct
combination goes through the exact reader's own function, so that both give an event the same group.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.duck import Connection, DuckError, beside
from icp_pipeline.names import literal, quoted
from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.declared.usage_rules import GROUP_SLOTS, UsageRules, text_of
from icp_pipeline.sources.text.delimited import RawTable
from icp_pipeline.sources.usage.daily_counts import Entry
from icp_pipeline.sources.usage.event_parts import load_events, text_buffers
from icp_pipeline.sources.usage.file_scan import glob_literal

_IN = "properties."
_INNER = ("$insert_id", "time", "distinct_id")
# Where an event may have a value; the first one counts, as in the exact reader.
_NAME = ("event", "event_type")
_FIRST = {
    "id": ("uuid", "$insert_id", f"{_IN}$insert_id"),
    "occurred_at": ("timestamp", "event_time", "client_event_time", f"{_IN}time"),
    "user_id": ("distinct_id", "user_id", "device_id", f"{_IN}distinct_id"),
}
_TOP = ("groups", *_NAME, *(name for names in _FIRST.values() for name in names if not name.startswith(_IN)))
# Positions of the columns in a part.
_AT = {"id": 0, "occurred_at": 1, "user_id": 2, "group_id": 3}
_EMPTY = '""'
_WHOLE_NUMBER = "^[1-9][0-9]{0,17}$"
# JSON escapes this character inside a text, so it never occurs in one.
_BETWEEN = "\x1f"
_BLOCK = 1 << 23
_BATCH = 500_000


@dataclass(frozen=True)
class BulkEvents:
    """How many records of each kind a file has: events, records that are not activity, records that describe groups."""

    events: int
    no_activity: int
    groups: int


class _NotPlain(ValueError):
    """Something that only the exact reader understands."""


@dataclass
class _Sorter:
    """Separates events from other records, and counts these."""

    usage: UsageRules
    naming: Sequence[str]
    counts: Counter[str] = field(default_factory=Counter)

    def events(self, batch: pa.RecordBatch) -> RawTable:
        """The events among these records as columns of text."""
        names = _first(batch, _NAME).dictionary_encode()
        sorts = pa.array([self._sort(text) for text in names.dictionary.to_pylist()], pa.string())
        found = pc.fill_null(sorts.take(names.indices), "event")
        self.counts.update({each["values"]: each["counts"] for each in found.value_counts().to_pylist()})
        batch = batch if set(sorts.to_pylist()) <= {"event"} else batch.filter(pc.equal(found, "event"))
        columns = {_AT[name]: _plain(_first(batch, places)) for name, places in _FIRST.items()}
        columns[_AT["group_id"]] = self._groups(batch)
        return RawTable(columns, np.zeros(batch.num_rows, dtype=np.int64))

    def _sort(self, text: str) -> str:
        name = json.loads(text)
        if not isinstance(name, str):
            raise _NotPlain("a name that is no text")
        if name == "$groupidentify":
            return "group"
        return "event" if self.usage.is_activity(name) else "none"

    def _groups(self, batch: pa.RecordBatch) -> pa.Array:
        places = [name for name in self.naming if batch.column(name).null_count < batch.num_rows]
        if not places:
            return pa.nulls(batch.num_rows, pa.string())
        texts = [pc.fill_null(batch.column(name), "") for name in places]
        namings = pc.binary_join_element_wise(*texts, _BETWEEN).dictionary_encode()
        groups = [self._group(places, naming) for naming in namings.dictionary.to_pylist()]
        return pa.array(groups, pa.string()).take(namings.indices)

    def _group(self, places: Sequence[str], naming: str) -> str | None:
        record: dict[str, Any] = {}
        for place, text in zip(places, naming.split(_BETWEEN), strict=True):
            if text:
                outer, _, inner = place.partition(".")
                said = record if not inner else record.setdefault(outer, {})
                said[inner or outer] = json.loads(text)
        return text_of(self.usage.group_of(record))


def copy_clean_json(con: Connection, path: Path, entry: Entry, usage: UsageRules, rules: Rules) -> BulkEvents | None:
    """Write the daily rows straight from the file; None, with nothing written, if the exact reader has to do it."""
    if _has_odd_blanks(path):
        return None
    inner: dict[str, Sequence[str]] = {"properties": (*_INNER, "$groups", *GROUP_SLOTS, *usage.group_properties)}
    inner |= dict.fromkeys(usage.further, usage.group_properties)
    naming = ["groups", *(f"{outer}.{name}" for outer, names in inner.items() for name in names if name not in _INNER)]
    sorter = _Sorter(usage, naming)
    try:
        with beside(con) as reader:
            batches = reader.sql(_records(path, inner)).to_arrow_reader(_BATCH)
            events, rejected = load_events(con, map(sorter.events, batches), _AT, entry, rules)
    except (DuckError, pa.ArrowException, OSError, ValueError, RecursionError):
        return None
    if rejected:
        entry.remove()
        return None
    return BulkEvents(events, sorter.counts["none"], sorter.counts["group"])


def _has_odd_blanks(path: Path) -> bool:
    """Two characters that DuckDB skips between records, but the JSON standard does not allow."""
    with path.open("rb") as data:
        return any(b"\x0b" in block or b"\x0c" in block for block in iter(lambda: data.read(_BLOCK), b""))


def _records(path: Path, inner: Mapping[str, Sequence[str]]) -> str:
    """The value of each record in each place, as JSON text; NULL if there is none."""
    columns = ", ".join(f"{quoted(name)}: 'JSON'" for name in _TOP)
    texts = [f"cast({quoted(name)} as varchar) as {quoted(name)}" for name in _TOP]
    for outer, names in inner.items():
        fields = ", ".join(f"{quoted(name)} JSON" for name in names)
        columns += f", {quoted(outer)}: {literal(f'STRUCT({fields})')}"
        texts += [f"cast({quoted(outer)}.{quoted(name)} as varchar) as {quoted(f'{outer}.{name}')}" for name in names]
    return (
        f"select {', '.join(texts)} from read_json({literal(glob_literal(path))}, format = 'newline_delimited', "
        f"columns = {{{columns}}})"
    )


def _first(batch: pa.RecordBatch, places: Sequence[str]) -> pa.Array:
    """The value of each record in the first of these places that has one."""
    found = pa.nulls(batch.num_rows, pa.string())
    for place in places:
        if found.null_count == 0:
            break
        column = batch.column(place)
        if column.null_count < len(column):
            is_empty = pc.equal(column, _EMPTY)
            column = pc.if_else(is_empty, None, column) if pc.any(is_empty).as_py() else column
            found = column if found.null_count == len(found) else pc.coalesce(found, column)
    return found


def _plain(column: pa.Array) -> pa.Array:
    """JSON text as plain text; a whole number as its digits. Anything else is for the exact reader."""
    if b"\\" in text_buffers(column)[1].tobytes():
        raise _NotPlain("an escaped character")
    is_text = pc.starts_with(column, '"')
    texts = pc.utf8_slice_codeunits(column, 1, -1)
    if pc.all(is_text).as_py() is not False:
        return texts
    if not pc.all(pc.or_(is_text, pc.match_substring_regex(column, _WHOLE_NUMBER))).as_py():
        raise _NotPlain("neither plain text nor a whole number")
    return pc.if_else(is_text, texts, column)
