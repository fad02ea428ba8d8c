"""The `history` schema: state that outlives a run, carried from version to version."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from icp_pipeline.catalog.inputs import inputs_of
from icp_pipeline.duck import Connection, DuckError
from icp_pipeline.errors import PublishError
from icp_pipeline.names import TableName, literal, quoted
from icp_pipeline.warehouse.unreadable import damaged
from icp_pipeline.warehouse.versions import Version

_PREVIOUS = "previous"
_SHOWN = "shown"


def create_history(connection: Connection, newest: Version | None, shown: Path | None = None) -> None:
    """Create all `history` tables and fill them from the newest published version, also after a rollback to `shown`.

    A rollback turns back what people see and what scores, not what has happened: the log goes on, and the next run
    scores with the ICP version of the version that was gone back to. Columns that the older version did not have are
    NULL.
    """
    connection.execute("create schema if not exists history")
    for name, columns in inputs_of("history").items():
        declared = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
        connection.execute(f"create or replace table {name} ({declared})")
    if newest is not None:
        _carry(connection, newest.path)
        connection.execute(_NUMBER, [newest.sequence])
    if newest is not None and shown is not None and shown.resolve() != newest.path.resolve():
        _go_on_from(connection, shown)


def history_stands(connection: Connection) -> bool:
    """Whether a file, copied from the newest version, holds all `history` tables with the columns declared today."""
    found = connection.execute(
        "select table_name, column_name, lower(data_type) from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'history' order by table_name, column_index"
    ).fetchall()
    declared = [
        (name.table, column, kind.lower())
        for name, columns in sorted(inputs_of("history").items(), key=lambda item: item[0].table)
        for column, kind in columns.items()
    ]
    return found == declared


def _carry(connection: Connection, newest: Path) -> None:
    try:
        connection.execute(f"attach {literal(str(newest))} as {_PREVIOUS} (read_only)")
        for name, columns in inputs_of("history").items():
            shared = [quoted(column) for column in _columns(connection, name) if column in columns]
            if shared:
                listed = ", ".join(shared)
                connection.execute(f"insert into {name} ({listed}) select {listed} from {_PREVIOUS}.{name}")
        connection.execute(f"detach {_PREVIOUS}")
    except DuckError as error:
        raise PublishError(damaged(newest, error)) from error


# A release before the order of runs was kept wrote them one below the other, each at its publication.
_NUMBER = """
update history.runs set sequence = $1 - places.later
from (select rowid as place, row_number() over (order by rowid desc) - 1 as later from history.runs) as places
where places.place = runs.rowid and runs.sequence is null
"""


def _go_on_from(connection: Connection, shown: Path) -> None:
    """After a rollback: its ICP versions score again, and what the CRM holds is known only where both versions agree.

    Nobody says which of the two exports was imported last, so the next run gives those records their tags again.
    """
    try:
        connection.execute(f"attach {literal(str(shown))} as {_SHOWN} (read_only)")
        connection.execute(_RETIRE.format(shown=_SHOWN))
        connection.execute(_SCORE_AGAIN.format(shown=_SHOWN))
        # A version from before there could be several ICPs knows the primary one's tags alone.
        knows_icps = "icp_id" in _columns(connection, TableName("history", "crm_tags"), _SHOWN)
        # Of the runs that the other knew, too: history forgets none.
        ours = _LAST_TAGS.format(db="", icp_id="tags.icp_id")
        theirs = _LAST_TAGS.format(db=f"{_SHOWN}.", icp_id="tags.icp_id" if knows_icps else "null")
        connection.execute(_UNKNOWN_TAGS.format(ours=ours, theirs=theirs))
        connection.execute(f"detach {_SHOWN}")
    except DuckError as error:
        raise PublishError(damaged(shown, error)) from error


def status_after_rollback(icp_id: str, icp_version: str, status: str, scoring: Mapping[str, str]) -> str:
    """What the next run takes an ICP version of the newest file for, as the two updates below have it.

    `scoring`: by ICP, the version that is live in the file that was gone back to.
    """
    if icp_id not in scoring:
        return status
    if scoring[icp_id] == icp_version:
        return "live"
    return "retired" if status == "live" else status


_RETIRE = """
update history.icp_versions set status = 'retired'
where status = 'live' and icp_id in (select icp_id from {shown}.history.icp_versions where status = 'live')
"""
_SCORE_AGAIN = """
update history.icp_versions set status = 'live'
where (icp_id, icp_version) in (select (icp_id, icp_version) from {shown}.history.icp_versions where status = 'live')
"""
_LAST_TAGS = """
select tags.*, coalesce({icp_id}, 'primary') as icp from {db}history.crm_tags as tags
left join history.runs as runs on tags.run_id = runs.run_id
qualify row_number() over (
    partition by tags.target, tags.record_id, coalesce({icp_id}, 'primary')
    order by coalesce(runs.sequence, 0) desc, tags.run_id desc
) = 1
"""
_UNKNOWN_TAGS = """
update history.crm_tags set tier = null, score = null
where (target, record_id, run_id, coalesce(icp_id, 'primary')) in (
    select (ours.target, ours.record_id, ours.run_id, ours.icp) from ({ours}) as ours
    left join ({theirs}) as theirs
        on ours.target = theirs.target and ours.record_id = theirs.record_id and ours.icp = theirs.icp
    where (ours.tier, ours.score, ours.icp_version) is distinct from (theirs.tier, theirs.score, theirs.icp_version)
)
"""


def _columns(connection: Connection, name: TableName, database: str = _PREVIOUS) -> list[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns() where database_name = ? and schema_name = ? and table_name = ?",
        [database, name.schema, name.table],
    ).fetchall()
    return [row[0] for row in rows]
