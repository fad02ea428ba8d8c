"""Opens the published warehouse read-only, and finds the ICP that is meant. A run in progress never touches it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from icp_pipeline import duck
from icp_pipeline.errors import IcpError, nearest
from icp_pipeline.home import Home
from icp_pipeline.warehouse.unreadable import unreadable
from icp_pipeline.warehouse.version_reader import read_version
from icp_pipeline.warehouse.versions import live_version_file

Row = dict[str, Any]
DEFAULT_ICP = "primary"


@contextmanager
def live(home: Home) -> Iterator[duck.Connection]:
    """The published warehouse, read only; raises IcpError when nothing is published yet."""
    path = live_version_file(home.root)
    if path is None:
        raise IcpError(f"{home.live}: nothing is published yet. Run `icp run --home {home.root}` first.")
    with opened(path) as connection:
        yield connection


@contextmanager
def opened(path: Path) -> Iterator[duck.Connection]:
    """One published version, read only; raises IcpError when the file cannot be opened."""
    try:
        with read_version(path) as connection:
            yield connection
    except duck.DuckError as error:
        raise IcpError(unreadable(path, error)) from error


def rows(connection: duck.Connection, query: str, *parameters: object) -> list[Row]:
    """The result as dictionaries of plain values: DECIMAL as float, days and moments as ISO text."""
    result = connection.execute(query, list(parameters))
    names = [column[0] for column in result.description]
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in result.fetchall()]


def one(connection: duck.Connection, query: str, *parameters: object) -> Row | None:
    """The first row, or None."""
    return next(iter(rows(connection, query, *parameters)), None)


def publication_order(connection: duck.Connection) -> str:
    """The column that orders `history.runs`; an older release wrote them in that order and gave them no number."""
    return "sequence" if kept(connection, "runs", "sequence") else "rowid"


def kept(connection: duck.Connection, table: str, column: str) -> bool:
    """Whether the open file's history has this column; older releases kept fewer."""
    query = "select 1 from duckdb_columns() where schema_name = 'history' and table_name = $1 and column_name = $2"
    return one(connection, query, table, column) is not None


def because(connection: duck.Connection, changes: str) -> str:
    """What `history.tier_changes`, called `changes`, says of why an account moved; NULL in files of older releases."""
    return f"{changes}.because" if kept(connection, "tier_changes", "because") else "cast(null as varchar)"


def own_run(connection: duck.Connection) -> str:
    """The run that published the file which is open, by the last publication that its history holds."""
    order = publication_order(connection)
    return str((one(connection, f"select run_id from history.runs order by {order} desc limit 1") or {}).get("run_id"))


def icps(connection: duck.Connection) -> list[str]:
    """The ICPs of the published version, the default one first."""
    found = rows(connection, "select icp_id from icp.live_versions order by icp_id <> 'primary', icp_id")
    return [str(row["icp_id"]) for row in found]


def chosen_icp(connection: duck.Connection, wanted: str | None) -> str:
    """The requested ICP, else the first; raises IcpError if there is no such ICP."""
    known = icps(connection)
    if wanted is None:
        return known[0] if known else DEFAULT_ICP
    if wanted not in known:
        raise IcpError(
            f"the published version has no ICP '{wanted}'. It has {', '.join(known)}.{nearest(wanted, known)} "
            "Define ICPs under icps in icp.yaml, then run `icp run`."
        )
    return wanted


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value != value:
        return None
    return value
