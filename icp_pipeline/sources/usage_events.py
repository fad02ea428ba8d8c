"""Product events of one file -> one row per group, user and day, and beside it the hashes of the events it counts.

The hot path of the lake: DuckDB goes over the text once and keeps a 64-bit hash per event id. It never decides what is
wrong: whenever anything about a file is not clean, the exact reader goes over it and says which line and why.
Events that stand twice, in one file or in several, are settled by `usage_overlaps`.
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
# What parse_id trims, refuses or rewrites.
_ODD_ID = (
    r"^\s|\s$|^\d+\.0$|^\d(\.\d+)?[eE]\+\d+$|"
    r"[\x00-\x1f\x7f-\x{a0}\x{ad}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2064}\x{feff}]"
)


Rejected = tuple[int, str | None, str]


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


def scan_clean_csv(con: Connection, path: Path, header: tuple[str, ...], columns: EventColumns) -> int | None:
    """Fill the temp table `daily` straight from the file, and count its rows; None: the exact reader has to do it."""
    # Only the type with a zone heeds an offset in the text; the other drops it without a word. The session is UTC.
    spec = dict.fromkeys(_distinct(header), "VARCHAR") | {columns.occurred_at: "TIMESTAMP WITH TIME ZONE"}
    try:
        con.execute(
            f"create or replace temp table daily as {_scan_select(columns)} from read_csv(?, columns = ?, "
            "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', strict_mode = true) "
            "group by all",
            [glob_literal(path), spec],
        )
    except DuckError:
        return None
    return _rows_if_clean(con)


def _distinct(header: tuple[str, ...]) -> list[str]:
    """Header names as DuckDB can take them: unneeded columns may repeat, and names differ by more than case."""
    seen: set[str] = set()
    names = []
    for position, name in enumerate(header):
        name = name if name and name.casefold() not in seen else f"column {position}"
        seen.add(name.casefold())
        names.append(name)
    return names


def _scan_select(columns: EventColumns) -> str:
    def text(name: str | None) -> str:
        return f"nullif({quoted(name)}, '')" if name else "cast(null as varchar)"

    return (
        f"select {text(columns.group_id)} as group_id, {text(columns.user_id)} as user_id, "
        f"cast({quoted(columns.occurred_at)} as date) as usage_date, list(hash({text(columns.id)})) as hashes, "
        f"count(*) as events, count({text(columns.id)}) as with_id"
    )


def _rows_if_clean(con: Connection) -> int | None:
    """The number of rows, unless the exact reader would refuse or rewrite something."""
    rows, unusable = con.execute(
        "select coalesce(cast(sum(events) as bigint), 0), count(*) filter (usage_date is null or with_id < events or "
        "usage_date not between date '1950-01-01' and date '2100-12-31') from daily"
    ).fetchall()[0]
    if unusable:
        return None
    odd = con.execute(
        "select count(*) from (select distinct group_id as id from daily union all select distinct user_id from daily) "
        f"where regexp_matches(id, '{_ODD_ID}')"
    ).fetchall()
    return None if odd[0][0] else int(rows)


def load_exact(
    con: Connection, raw: RawTable, at: Mapping[str, int], facts: FileFacts, spellings: Mapping[str, str] | None = None
) -> tuple[int, list[Rejected]]:
    """Fill `daily` from rows read one by one; returns the number of rows kept, and the rejected lines with reasons."""
    cells = Cells(len(raw.lines), facts.rules, facts.path)
    rejected = list(raw.rejected)
    keep = np.ones(cells.size, dtype=bool)
    for column in ("id", "occurred_at", "user_id", "group_id", "events"):
        if column in at:
            _read(cells, column, raw.columns[at[column]], (spellings or {}).get(column, column))
            rejected += _refuse(cells, column, keep, raw.lines)
    table = pa.table(
        {
            "id": cells.get("id"),
            "group_id": cells.get("group_id"),
            "user_id": cells.get("user_id"),
            "usage_date": cells.get("occurred_at"),
            "events": cells.get("events") if "events" in at else pa.array(["1"] * cells.size),
        }
    ).filter(pa.array(keep))
    _group(con, table)
    return table.num_rows, rejected


_TYPES = {"id": "id", "occurred_at": "event_day", "user_id": "id", "group_id": "id", "events": "number"}
_UTC_MOMENT = r"^\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z$"


def _read(cells: Cells, column: str, raw: pa.Array, spelling: str) -> None:
    """Bring one column to normal form; what is in it already is not parsed value by value."""
    if column == "occurred_at":
        is_utc = pc.match_substring_regex(raw, _UTC_MOMENT)
        raw = pc.if_else(is_utc, pc.utf8_slice_codeunits(raw, 0, 10), raw)
    elif _TYPES[column] == "id" and not pc.any(pc.match_substring_regex(raw, _ODD_ID)).as_py():
        cells.columns[column] = pc.if_else(pc.equal(raw, ""), None, raw)
        cells.spellings[column] = spelling
        return
    cells.read(column, raw, _TYPES[column], spelling, frozenset())


def _refuse(cells: Cells, column: str, keep: np.ndarray, lines: np.ndarray) -> list[Rejected]:
    spelling = cells.spellings[column]
    reasons = {
        int(row): reason
        for problem in cells.problems
        if problem.column == spelling
        for row, reason in zip(problem.rows, problem.reasons, strict=True)
    }
    if column in ("id", "occurred_at"):
        empty = np.flatnonzero(pc.is_null(cells.get(column)).to_numpy(zero_copy_only=False))
        reasons = {int(row): "required, but empty" for row in empty} | reasons
    found: list[Rejected] = [
        (int(lines[row]), spelling, reason) for row, reason in sorted(reasons.items()) if keep[row]
    ]
    keep[list(reasons)] = False
    return found


def _group(con: Connection, table: pa.Table) -> None:
    """`daily` from normalised text columns; where rows are counts, with each row's count beside its hash."""
    is_counted = pc.any(pc.not_equal(table.column("events"), "1")).as_py()
    weights = "list(count) filter (id is not null) as weights, cast(sum(count) as bigint) as events"
    con.register("incoming", table)
    con.execute(
        "create or replace temp table daily as select group_id, user_id, cast(usage_date as date) as usage_date, "
        f"list(hash(id)) filter (id is not null) as hashes, {weights if is_counted else 'count(*) as events'} "
        "from (select *, cast(round(cast(events as double)) as bigint) as count from incoming) "
        "group by group_id, user_id, usage_date"
    )
    con.unregister("incoming")


def write_daily(con: Connection, folder: Path, name: str) -> None:
    """Write the file's daily rows and, row by row beside them, the hashes of their events."""
    _hide_addresses(con)
    source = name.replace("'", "''")
    _copy(
        con,
        f"select group_id, user_id, usage_date, events, '{source}' as source_path, cast(null as bigint) as source_line "
        "from daily",
        folder / DAILY,
        "zstd",
    )
    columns = [row[0] for row in con.execute("describe daily").fetchall()]
    # Hashes do not compress: not trying halves the time to write them.
    _copy(
        con, f"select hashes{', weights' if 'weights' in columns else ''} from daily", folder / EVENTS, "uncompressed"
    )
    con.execute("drop table daily")


def _copy(con: Connection, select: str, path: Path, compression: str) -> None:
    target = str(path).replace("'", "''")
    con.execute(f"copy ({select}) to '{target}' (format parquet, compression {compression})")


def _hide_addresses(con: Connection) -> None:
    found = con.sql("select distinct user_id from daily where contains(user_id, '@')").to_arrow_table()
    if found.num_rows == 0:
        return
    users = found.column("user_id").combine_chunks()
    con.register("addresses", pa.table({"user_id": users, "stand_in": map_values(users, pseudonym)}))
    con.execute("update daily set user_id = addresses.stand_in from addresses where daily.user_id = addresses.user_id")
    con.unregister("addresses")


def reading_of(rows: int, rejected: list[Rejected], facts: FileFacts) -> Reading:
    """The accounting of an events file whose rows went to Parquet directly."""
    return Reading({}, reject_table(facts.path, rejected), rows + len(rejected), len(rejected))
