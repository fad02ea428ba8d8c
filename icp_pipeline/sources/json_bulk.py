"""JSON lines in bulk: DuckDB goes over the text once; what is not plain is left to the exact reader.

Everything is read as JSON text, so that a number is never taken for a string. An account's group is named by more than
one rule: each distinct naming goes through the exact reader's own function, so that both give an event the same group.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from icp_pipeline.duck import Connection, DuckError
from icp_pipeline.names import literal, quoted
from icp_pipeline.sources.rules import UTC_MOMENT
from icp_pipeline.sources.usage_events import Entry, copy_if_clean, glob_literal, hashed_id

GroupOf = Callable[[dict[str, Any], dict[str, Any]], str | None]

_GROUPS = ("company_id", "$groups", *(f"$group_{slot}" for slot in range(5)))
_INNER = ("$insert_id", "time", "distinct_id", *_GROUPS)
# Where an event says something, first come first served, as the exact reader looks for it.
_FIRST = {
    "name": ('"event"', '"event_type"'),
    "id": ('"uuid"', '"$insert_id"', 'properties."$insert_id"'),
    "moment": ('"timestamp"', '"event_time"', '"client_event_time"', 'properties."time"'),
    "user_id": ('"distinct_id"', '"user_id"', '"device_id"', 'properties."distinct_id"'),
}
_TOP = ("groups", *(name.strip('"') for names in _FIRST.values() for name in names if name.startswith('"')))
_DAY = (
    "cast(case when sort <> 'event' then null "
    f"when regexp_full_match(moment, '{UTC_MOMENT}') then left(moment, 10) else error('another moment') end as date)"
)
# JSON escapes this character inside a text, so it never stands in one.
_BETWEEN = "\x1f"
_BLOCK = 1 << 23


@dataclass(frozen=True)
class BulkEvents:
    """How many records a file has of each sort: events, records that are no activity, records that describe groups."""

    events: int
    no_activity: int
    groups: int


def copy_clean_json(
    con: Connection, path: Path, entry: Entry, no_activity: Iterable[str], group_of: GroupOf
) -> BulkEvents | None:
    """Write the daily rows straight from the file; None: the exact reader has to do it."""
    if _has_odd_blanks(path):
        return None
    try:
        con.execute(f"create or replace temp table counted as {_counted(path, no_activity)}")
        sorts = dict(con.execute("select sort, cast(sum(events) as bigint) from counted group by sort").fetchall())
        events = copy_if_clean(con, entry, _daily(con, group_of))
    except DuckError:
        return None
    finally:
        con.execute("drop table if exists counted")
        con.execute("drop table if exists naming")
    return None if events is None else BulkEvents(events, sorts.get("none", 0), sorts.get("group", 0))


def _has_odd_blanks(path: Path) -> bool:
    """Two characters that DuckDB passes over between records and the standard does not know."""
    with path.open("rb") as data:
        return any(b"\x0b" in block or b"\x0c" in block for block in iter(lambda: data.read(_BLOCK), b""))


def _counted(path: Path, no_activity: Iterable[str]) -> str:
    """The file's records by sort, naming of the group, user and day, as a query."""
    dropped = ", ".join(literal(f'"{name}"') for name in no_activity)
    return (
        f"with {_records(path)}, sorted as (select *, case when name[1] <> '\"' then error('a name that is no text') "
        f"when name = '\"$groupidentify\"' then 'group' when name in ({dropped}) then 'none' else 'event' end as sort "
        f"from found), plain as (select sort, {_of_event('naming')}, {_plain('id')}, {_plain('user_id')}, "
        f"{_plain('moment')} from sorted) "
        f"select sort, naming, user_id, {_DAY} as usage_date, list(if(sort = 'event', {hashed_id('id')}, null)) "
        "as hashes, count(*) as events from plain group by all"
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


def _of_event(column: str) -> str:
    return f"case when sort = 'event' then {column} end as {column}"


def _plain(column: str) -> str:
    """JSON text as plain text; a whole number as its digits. What else it may be is for the exact reader."""
    return (
        f"case when sort <> 'event' or {column} is null then null "
        f"when {column}[1] = '\"' and not contains({column}, '\\') then {column}[2:-2] "
        f"when regexp_full_match({column}, '[1-9][0-9]{{0,17}}') then {column} "
        f"else error('neither plain text nor a whole number') end as {column}"
    )


def _daily(con: Connection, group_of: GroupOf) -> str:
    """The daily rows as a query, after each naming of a group got its group."""
    namings = [row[0] for row in con.execute("select distinct naming from counted where sort = 'event'").fetchall()]
    groups = [_group(naming, group_of) for naming in namings]
    con.register(
        "named", pa.table({"naming": pa.array(namings, pa.string()), "group_id": pa.array(groups, pa.string())})
    )
    con.execute("create or replace temp table naming as select * from named")
    con.unregister("named")
    rows = (
        "select group_id, user_id, usage_date, hashes, events from counted join naming using (naming) "
        "where sort = 'event'"
    )
    if len(set(groups)) == len(groups):
        return rows
    return (
        "select group_id, user_id, usage_date, flatten(list(hashes)) as hashes, cast(sum(events) as bigint) as events "
        f"from ({rows}) group by all"
    )


def _group(naming: str, group_of: GroupOf) -> str | None:
    texts = zip(("groups", *_GROUPS), naming.split(_BETWEEN), strict=True)
    said = {name: json.loads(text) for name, text in texts if text}
    return group_of({"groups": said.pop("groups", None)}, said)
