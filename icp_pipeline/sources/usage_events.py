"""Product events of one file -> one row per group, user and day, each with the hashes of the events it counts.

The hot path of the lake: DuckDB goes over the text once, straight into the lake's file, and keeps a 64-bit hash per
event id. It never decides what is wrong: whenever anything about a file is not clean, the exact reader goes over it and
says which line and why. Events that stand twice, in one file or in several, are settled by `usage_overlaps`.
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
from icp_pipeline.names import literal, quoted
from icp_pipeline.sources.cells import Cells, map_values
from icp_pipeline.sources.delimited import RawTable, read_first_row
from icp_pipeline.sources.reading import FileFacts, Reading, reject_table
from icp_pipeline.sources.rules import ODD_ID, UTC_MOMENT, Rules

DAILY = "usage_daily.parquet"
# A moment in UTC, in parts that tell its format.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d{1,6})?(Z| ?UTC|\+00(?::?00)?)?")


Rejected = tuple[int, str | None, str]


@dataclass(frozen=True)
class Entry:
    """Where the daily rows of one landed file go: its folder in the lake, and the file's name."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        """The Parquet file of daily rows."""
        return self.folder / DAILY

    @property
    def sql(self) -> str:
        """The daily rows as something to select from."""
        return f"read_parquet({literal(glob_literal(self.path))})"


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


def copy_clean_csv(
    con: Connection, path: Path, entry: Entry, header: tuple[str, ...], columns: EventColumns
) -> int | None:
    """Write the daily rows straight from the file, and count its events; None: the exact reader has to do it."""
    written = _moment_format(path, header, columns.occurred_at)
    if written is None:
        return None
    # One declared format for the whole file: whatever differs from it is an error here, and judged line by line there.
    spec = dict.fromkeys(_distinct(header), "VARCHAR") | {columns.occurred_at: "TIMESTAMP"}
    listed = ", ".join(f"{literal(name)}: '{type_}'" for name, type_ in spec.items())
    read = (
        f"read_csv({literal(glob_literal(path))}, columns = {{{listed}}}, auto_detect = false, header = true, "
        f"delim = ',', quote = '\"', escape = '\"', strict_mode = true, timestampformat = {literal(written)})"
    )
    return copy_if_clean(con, entry, f"select {_daily_of(columns)} from {read} group by all")


def copy_if_clean(con: Connection, entry: Entry, daily: str) -> int | None:
    """Write what a query makes of a file; None, with nothing written, when the exact reader has to look at it."""
    try:
        _copy(con, entry, f"({daily})")
    except DuckError:
        return None
    rows = _rows_if_clean(con, entry)
    if rows is None:
        entry.path.unlink()
    else:
        _hide_addresses(con, entry)
    return rows


def _moment_format(path: Path, header: tuple[str, ...], column: str) -> str | None:
    """The format of the first moment in the file, as DuckDB writes formats; None when it is no plain UTC moment."""
    row = read_first_row(path)
    shape = _MOMENT.fullmatch(row[header.index(column)]) if len(row) == len(header) else None
    if shape is None:
        return None
    return f"%Y-%m-%d{shape[1]}%H:%M:%S{'.%f' if shape[2] else ''}{shape[3] or ''}"


def _distinct(header: tuple[str, ...]) -> list[str]:
    """Header names as DuckDB can take them: unneeded columns may repeat, and names differ by more than case."""
    seen: set[str] = set()
    names = []
    for position, name in enumerate(header):
        name = name if name and name.casefold() not in seen else f"column {position}"
        seen.add(name.casefold())
        names.append(name)
    return names


def _daily_of(columns: EventColumns) -> str:
    def text(name: str | None) -> str:
        return f"nullif({quoted(name)}, '')" if name else "cast(null as varchar)"

    return (
        f"{text(columns.group_id)} as group_id, {text(columns.user_id)} as user_id, "
        f"cast({quoted(columns.occurred_at)} as date) as usage_date, "
        f"list({hashed_id(text(columns.id))}) as hashes, count(*) as events"
    )


def hashed_id(event_id: str) -> str:
    """The hash of an event's id in SQL; an id that the exact reader would refuse or rewrite stops the query."""
    return f"hash(case when not regexp_matches({event_id}, '{ODD_ID}') then {event_id} else error('an odd id') end)"


def _rows_if_clean(con: Connection, entry: Entry) -> int | None:
    """The number of events written, unless the exact reader would refuse or rewrite something in them."""
    rows, unusable = con.execute(
        "select coalesce(cast(sum(events) as bigint), 0), count(*) filter (usage_date is null or "
        f"usage_date not between date '1950-01-01' and date '2100-12-31') from {entry.sql}"
    ).fetchall()[0]
    if unusable:
        return None
    odd = con.execute(
        f"select count(*) from (select distinct group_id as id from {entry.sql} union all "
        f"select distinct user_id from {entry.sql}) where regexp_matches(id, '{ODD_ID}')"
    ).fetchall()
    return None if odd[0][0] else int(rows)


def load_exact(
    con: Connection,
    raw: RawTable,
    at: Mapping[str, int],
    entry: Entry,
    rules: Rules,
    spellings: Mapping[str, str] | None = None,
) -> tuple[int, list[Rejected]]:
    """Write the daily rows of events read one by one; returns the rows kept, and the rejected lines with reasons."""
    cells = Cells(len(raw.lines), rules, entry.name)
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
    _write_counted(con, entry, table)
    return table.num_rows, rejected


_TYPES = {"id": "id", "occurred_at": "event_day", "user_id": "id", "group_id": "id", "events": "number"}


def _read(cells: Cells, column: str, raw: pa.Array, spelling: str) -> None:
    """Bring one column to normal form; what is in it already is not parsed value by value."""
    if column == "occurred_at":
        is_utc = pc.match_substring_regex(raw, f"^{UTC_MOMENT}$")
        raw = pc.if_else(is_utc, pc.utf8_slice_codeunits(raw, 0, 10), raw)
    elif _TYPES[column] == "id" and not pc.any(pc.match_substring_regex(raw, ODD_ID)).as_py():
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


def _write_counted(con: Connection, entry: Entry, table: pa.Table) -> None:
    """Daily rows from normalised text columns; where rows are counts, with each row's count beside its hash."""
    is_counted = pc.any(pc.not_equal(table.column("events"), "1")).as_py()
    weights = "list(count) filter (id is not null) as weights, cast(sum(count) as bigint) as events"
    con.register("incoming", table)
    _copy(
        con,
        entry,
        "(select group_id, user_id, cast(usage_date as date) as usage_date, "
        f"list(hash(id)) filter (id is not null) as hashes, {weights if is_counted else 'count(*) as events'} "
        "from (select *, cast(round(cast(events as double)) as bigint) as count from incoming) "
        "group by group_id, user_id, usage_date)",
    )
    con.unregister("incoming")
    _hide_addresses(con, entry)


def _copy(con: Connection, entry: Entry, daily: str) -> None:
    source = f"{literal(entry.name)} as source_path, cast(null as bigint) as source_line"
    # Hashes do not compress, and trying hard would take longer than writing them.
    con.execute(
        f"copy (select *, {source} from {daily}) to {literal(str(entry.path))} (format parquet, compression snappy)"
    )


def _hide_addresses(con: Connection, entry: Entry) -> None:
    """User ids that are addresses give way to their pseudonyms, in a new file that takes the place of the first."""
    found = con.sql(f"select distinct user_id from {entry.sql} where contains(user_id, '@')").to_arrow_table()
    if found.num_rows == 0:
        return
    users = found.column("user_id").combine_chunks()
    con.register("addresses", pa.table({"address": users, "stand_in": map_values(users, pseudonym)}))
    hidden = entry.path.with_suffix(".hidden")
    con.execute(
        f"copy (select daily.* replace (coalesce(stand_in, user_id) as user_id) from {entry.sql} as daily left join "
        f"addresses on user_id = address) to {literal(str(hidden))} (format parquet, compression snappy)"
    )
    con.unregister("addresses")
    hidden.replace(entry.path)


def reading_of(rows: int, rejected: list[Rejected], facts: FileFacts) -> Reading:
    """The accounting of an events file whose rows went to Parquet directly."""
    return Reading({}, reject_table(facts.path, rejected), rows + len(rejected), len(rejected))
