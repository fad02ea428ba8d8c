"""Product events of one file -> one row per group, user and day, without events that stand in the file twice.

The hot path of the lake: DuckDB scans the text once and keeps a 64-bit hash per event id. It never decides what is
wrong: whenever anything about a file is not clean, the exact reader goes over it and says which line and why.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.duck import Connection, DuckError
from icp_pipeline.names import quoted
from icp_pipeline.sources.cells import Cells, map_values
from icp_pipeline.sources.delimited import RawTable
from icp_pipeline.sources.reading import FileFacts, Reading, reject_table

DAILY = "usage_daily.parquet"
EVENTS = "usage_events.parquet"
_BAD_ID = r"[\x00-\x1f\x7f-\x{a0}\x{ad}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2064}\x{feff}]"


@dataclass(frozen=True)
class EventColumns:
    """Headers of an events file: id, time, and where the account and the user are. `events` is a count per row."""

    occurred_at: str
    id: str | None = None
    user_id: str | None = None
    group_id: str | None = None
    events: str | None = None


def pseudonym(user_id: str) -> str:
    """User ids that are addresses do not reach the lake; the same address always gets the same stand-in."""
    if "@" not in user_id:
        return user_id
    return "user_" + hashlib.sha256(user_id.strip().lower().encode()).hexdigest()[:20]


def glob_literal(path: Path) -> str:
    """A path that DuckDB, which takes every file name for a pattern, reads as itself."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def scan_clean_csv(con: Connection, path: Path, header: tuple[str, ...], columns: EventColumns) -> bool:
    """Fill the temp table `events` straight from the file; False when the exact reader has to look at it."""
    select = _typed_select(columns)
    spec = dict.fromkeys(_distinct(header), "VARCHAR")
    try:
        con.execute(
            f"create or replace temp table events as {select} from read_csv(?, columns = ?, auto_detect = false, "
            "header = true, delim = ',', quote = '\"', escape = '\"', strict_mode = true)",
            [glob_literal(path), spec],
        )
    except DuckError:
        return False
    return _is_clean(con, columns)


def _distinct(header: tuple[str, ...]) -> list[str]:
    """Header names as DuckDB can take them: unneeded columns may repeat, and names differ by more than case."""
    seen: set[str] = set()
    names = []
    for position, name in enumerate(header):
        name = name if name and name.casefold() not in seen else f"column {position}"
        seen.add(name.casefold())
        names.append(name)
    return names


def _typed_select(columns: EventColumns) -> str:
    def text(name: str | None) -> str:
        return f"nullif(trim({quoted(name)}), '')" if name else "cast(null as varchar)"

    event = f"hash({text(columns.id)})" if columns.id else "cast(null as ubigint)"
    has_id = f"{text(columns.id)} is not null" if columns.id else "true"
    return (
        f"select {event} as event, {text(columns.group_id)} as group_id, {text(columns.user_id)} as user_id, "
        f"cast(try_cast({quoted(columns.occurred_at)} as timestamp) as date) as usage_date, "
        f"cast(1 as bigint) as events, {has_id} as has_id"
    )


def _is_clean(con: Connection, columns: EventColumns) -> bool:
    counted = con.execute(
        "select count(*) filter (usage_date is null or not has_id or usage_date not between date '1950-01-01' and "
        "date '2100-12-31') from events"
    ).fetchall()
    if counted[0][0]:
        return False
    hidden = con.execute(
        "select count(*) from (select distinct group_id as id from events union all "
        "select distinct user_id from events) "
        f"where regexp_matches(id, '{_BAD_ID}')"
    ).fetchall()
    return bool(hidden[0][0] == 0)


def load_exact(
    con: Connection, raw: RawTable, at: Mapping[str, int], facts: FileFacts
) -> list[tuple[int, str | None, str]]:
    """Fill `events` from rows read one by one; returns the rejected lines with their reasons."""
    cells = Cells(len(raw.lines), facts.rules, facts.path)
    types = {"id": "id", "occurred_at": "datetime", "user_id": "id", "group_id": "id", "events": "number"}
    for column, position in at.items():
        cells.read(column, raw.columns[position], types[column], column, frozenset())
    rejected = list(raw.rejected)
    keep = np.ones(cells.size, dtype=bool)
    for column in ("id", "occurred_at", "user_id", "group_id", "events"):
        if column in at:
            rejected += _refuse(cells, column, keep, raw.lines, needed=column in ("id", "occurred_at"))
    table = pa.table(
        {
            "id": cells.get("id"),
            "group_id": cells.get("group_id"),
            "user_id": cells.get("user_id"),
            "usage_date": pc.utf8_slice_codeunits(cells.get("occurred_at"), 0, 10),
            "events": cells.get("events") if "events" in at else pa.array(["1"] * cells.size),
        }
    ).filter(pa.array(keep))
    load_table(con, table)
    return rejected


def _refuse(
    cells: Cells, column: str, keep: np.ndarray, lines: np.ndarray, needed: bool
) -> list[tuple[int, str | None, str]]:
    reasons = {
        int(row): reason
        for problem in cells.problems
        if problem.column == column
        for row, reason in zip(problem.rows, problem.reasons, strict=True)
    }
    if needed:
        empty = np.flatnonzero(pc.is_null(cells.get(column)).to_numpy(zero_copy_only=False))
        reasons = {int(row): "required, but empty" for row in empty} | reasons
    found: list[tuple[int, str | None, str]] = [
        (int(lines[row]), column, reason) for row, reason in sorted(reasons.items()) if keep[row]
    ]
    keep[list(reasons)] = False
    return found


def load_table(con: Connection, table: pa.Table) -> None:
    """Fill `events` from normalised text columns id, group_id, user_id, usage_date, events."""
    con.register("incoming", table)
    con.execute(
        "create or replace temp table events as select case when id is not null then hash(id) end as event, group_id, "
        "user_id, cast(usage_date as date) as usage_date, cast(cast(events as double) as bigint) as events, "
        "true as has_id from incoming"
    )
    con.unregister("incoming")


def write_events(con: Connection, folder: Path, name: str) -> int:
    """Write the file's daily rows and its event hashes; returns the number of events, before repeats are dropped."""
    rows, with_id = con.execute("select count(*), count(event) from events").fetchall()[0]
    _hide_addresses(con)
    _drop_repeats(con)
    _copy(con, daily_select("events", name), folder / DAILY)
    if with_id:
        _copy(con, "select event, group_id, user_id, usage_date, events from events", folder / EVENTS)
    con.execute("drop table events")
    return int(rows)


def daily_select(table: str, name: str) -> str:
    """`lake.usage_daily` rows of one file, in a fixed order."""
    escaped = name.replace("'", "''")
    return (
        "select group_id, user_id, cast(usage_date as varchar) as usage_date, cast(sum(events) as varchar) as events, "
        f"'{escaped}' as source_path, cast(null as bigint) as source_line from {table} "
        "group by group_id, user_id, usage_date having sum(events) > 0"
    )


def _copy(con: Connection, select: str, path: Path) -> None:
    target = str(path).replace("'", "''")
    con.execute(f"copy ({select}) to '{target}' (format parquet, compression zstd)")


def _hide_addresses(con: Connection) -> None:
    found = con.sql("select distinct user_id from events where contains(user_id, '@')").to_arrow_table()
    if found.num_rows == 0:
        return
    users = found.column("user_id").combine_chunks()
    con.register("addresses", pa.table({"user_id": users, "stand_in": map_values(users, pseudonym)}))
    con.execute(
        "update events set user_id = addresses.stand_in from addresses where events.user_id = addresses.user_id"
    )
    con.unregister("addresses")


def _drop_repeats(con: Connection) -> None:
    """Of several rows with one event id the smallest by content stays, whatever their order in the file."""
    hashes = con.execute("select event from events where event is not null").fetchnumpy()["event"]
    if len(repeated(np.asarray(hashes))) == 0:
        return
    con.execute(
        "create or replace temp table events as "
        "select event, group_id, user_id, usage_date, events, has_id from events "
        "qualify event is null or row_number() over (partition by event order by usage_date, group_id nulls last, "
        "user_id nulls last, events) = 1"
    )


def repeated(hashes: np.ndarray) -> np.ndarray:
    """Values that occur more than once."""
    ordered = np.sort(hashes)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def reading_of(rows: int, rejected: list[tuple[int, str | None, str]], facts: FileFacts) -> Reading:
    """The accounting of an events file whose rows went to Parquet directly."""
    return Reading({}, reject_table(facts.path, rejected), rows + len(rejected), len(rejected))
