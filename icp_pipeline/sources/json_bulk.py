"""JSON lines in bulk: DuckDB goes over the text once; what is not plain is left to the exact reader.

Everything is read as JSON text, so that a number is never taken for a string. An account's group is named by more than
one rule: each distinct naming goes through the exact reader's own function, so that both give an event the same group.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.duck import Connection, DuckError, beside
from icp_pipeline.names import literal, quoted
from icp_pipeline.sources.delimited import RawTable
from icp_pipeline.sources.rules import Rules
from icp_pipeline.sources.usage_counts import Entry, glob_literal
from icp_pipeline.sources.usage_events import load_events

GroupOf = Callable[[dict[str, Any], dict[str, Any]], str | None]

_GROUPS = ("company_id", "$groups", *(f"$group_{slot}" for slot in range(5)))
_INNER = ("$insert_id", "time", "distinct_id", *_GROUPS)
# Where an event says something, first come first served, as the exact reader looks for it.
_FIRST = {
    "name": ('"event"', '"event_type"'),
    "id": ('"uuid"', '"$insert_id"', 'properties."$insert_id"'),
    "occurred_at": ('"timestamp"', '"event_time"', '"client_event_time"', 'properties."time"'),
    "user_id": ('"distinct_id"', '"user_id"', '"device_id"', 'properties."distinct_id"'),
}
_TOP = ("groups", *(name.strip('"') for names in _FIRST.values() for name in names if name.startswith('"')))
# JSON escapes this character inside a text, so it never stands in one.
_BETWEEN = "\x1f"
_BLOCK = 1 << 23
_BATCH = 500_000
# Places of the columns in a part.
_AT = {"id": 0, "occurred_at": 1, "user_id": 2, "group_id": 3}


@dataclass(frozen=True)
class BulkEvents:
    """How many records a file has of each sort: events, records that are no activity, records that describe groups."""

    events: int
    no_activity: int
    groups: int


def copy_clean_json(
    con: Connection, path: Path, entry: Entry, no_activity: Iterable[str], group_of: GroupOf, rules: Rules
) -> BulkEvents | None:
    """Write the daily rows straight from the file; None, with nothing written, when the exact reader has to do it."""
    if _has_odd_blanks(path):
        return None
    sorts: Counter[str] = Counter()
    try:
        with beside(con) as reader:
            records = reader.sql(_sorted(path, no_activity)).to_arrow_reader(_BATCH)
            parts = (_part(batch, sorts, group_of) for batch in records)
            events, rejected = load_events(con, parts, _AT, entry, rules)
    except (DuckError, pa.ArrowException, OSError):
        return None
    if rejected:
        entry.remove()
        return None
    return BulkEvents(events, sorts["none"], sorts["group"])


def _part(batch: pa.RecordBatch, sorts: Counter[str], group_of: GroupOf) -> RawTable:
    """The events among these records as columns of text; the other sorts are only counted."""
    counts = batch.column("sort").value_counts()
    sorts.update({count["values"]: count["counts"] for count in counts.to_pylist()})
    if len(counts) > 1 or sorts["event"] == 0:
        batch = batch.filter(pc.equal(batch.column("sort"), "event"))
    naming = batch.column("naming").dictionary_encode()
    groups = [_group(text, group_of) for text in naming.dictionary.to_pylist()]
    columns = {place: batch.column(name) for name, place in _AT.items() if name != "group_id"}
    columns[_AT["group_id"]] = pa.array(groups, pa.string()).take(naming.indices)
    return RawTable(columns, np.zeros(batch.num_rows, dtype=np.int64))


def _has_odd_blanks(path: Path) -> bool:
    """Two characters that DuckDB passes over between records and the standard does not know."""
    with path.open("rb") as data:
        return any(b"\x0b" in block or b"\x0c" in block for block in iter(lambda: data.read(_BLOCK), b""))


def _sorted(path: Path, no_activity: Iterable[str]) -> str:
    """Sort, naming of the group, id, user and moment of each record, as a query."""
    dropped = ", ".join(literal(f'"{name}"') for name in no_activity)
    return (
        f"with {_records(path)}, sorted as (select *, case when name[1] <> '\"' then error('a name that is no text') "
        f"when name = '\"$groupidentify\"' then 'group' when name in ({dropped}) then 'none' else 'event' end as sort "
        f"from found) select sort, naming, {_plain('id')}, {_plain('user_id')}, {_plain('occurred_at')} from sorted"
    )


def _records(path: Path) -> str:
    """What each record says, as JSON text; NULL where it says nothing."""
    inner = ", ".join(f"{quoted(name)} JSON" for name in _INNER)
    columns = ", ".join(f"{quoted(name)}: 'JSON'" for name in _TOP)
    groups = ["groups", *(f"properties.{quoted(name)}" for name in _GROUPS)]
    naming = f" || {literal(_BETWEEN)} || ".join(f"coalesce(cast({name} as varchar), '')" for name in groups)
    firsts = ", ".join(f"{_first(names)} as {column}" for column, names in _FIRST.items())
    return (
        f"found as (select {firsts}, {naming} as naming from read_json({literal(glob_literal(path))}, "
        f"format = 'newline_delimited', columns = {{{columns}, properties: {literal(f'STRUCT({inner})')}}}))"
    )


def _first(names: tuple[str, ...]) -> str:
    given = (f"nullif(cast({name} as varchar), '\"\"')" for name in names)
    return f"coalesce({', '.join(given)})"


def _plain(column: str) -> str:
    """JSON text as plain text; a whole number as its digits. What else it may be is for the exact reader."""
    return (
        f"case when sort <> 'event' or {column} is null then null "
        f"when {column}[1] = '\"' and not contains({column}, '\\') then {column}[2:-2] "
        f"when regexp_full_match({column}, '[1-9][0-9]{{0,17}}') then {column} "
        f"else error('neither plain text nor a whole number') end as {column}"
    )


def _group(naming: str, group_of: GroupOf) -> str | None:
    texts = zip(("groups", *_GROUPS), naming.split(_BETWEEN), strict=True)
    said = {name: json.loads(text) for name, text in texts if text}
    return group_of({"groups": said.pop("groups", None)}, said)
