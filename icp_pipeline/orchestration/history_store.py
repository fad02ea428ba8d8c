"""Makes Dagster's SQLite history cheap to write: it opens and closes a database for each of a run's thousand events.

Measured on the sample: 50 s of a run were SQLite's commits and closes, each waiting for the disk. In write-ahead mode
`synchronous = normal` is safe against a crash of the program and never corrupts; a power cut can cost the last moments
of the log of the run that it ended anyway. One idle connection per file keeps each close from being the last one, which
would move the whole log into the database and wait for the disk again.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

_held: dict[str, sqlite3.Connection] = {}


def write_history_fast() -> None:
    """Apply to every SQLite connection that SQLAlchemy opens in this process; calling it again changes nothing."""
    if not event.contains(Engine, "connect", _on_connect):
        event.listen(Engine, "connect", _on_connect)


def _on_connect(connection: Any, _: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.execute("pragma synchronous = normal")
    path = connection.execute("pragma database_list").fetchone()[2]
    if path:
        if path not in _held:
            _held[path] = sqlite3.connect(path, check_same_thread=False)
        held = _held[path]
        # Each time: Dagster switches a new database to write-ahead mode after its first connection, and a connection
        # holds the log open only once it has read it.
        held.execute("select count(*) from sqlite_master").fetchone()
