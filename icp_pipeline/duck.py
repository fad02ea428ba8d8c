"""The only place that opens DuckDB: every connection has explicit limits and no way out to the network."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

Connection = duckdb.DuckDBPyConnection
DuckError = duckdb.Error

# Files written by 2.x are unreadable for 1.5 clients unless the older storage version is asked for.
STORAGE_VERSION = "v1.5.0"
_DEFAULT_MEMORY = "4GB"


@contextmanager
def connect(
    path: Path | None = None,
    *,
    read_only: bool = False,
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_directory: Path | None = None,
    allowed: Sequence[Path] = (),
) -> Iterator[Connection]:
    """Open a DuckDB file (or memory) and always close it, also after an error.

    `allowed` are folders that SQL may read and write; everything else outside the database (files, other databases,
    extensions, the network) is refused, and the configuration is locked. Raises DuckError when the file is locked or
    unreadable.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "python_enable_replacements": False,
        "storage_compatibility_version": STORAGE_VERSION,
        "memory_limit": memory_limit or os.environ.get("ICP_MEMORY_LIMIT", _DEFAULT_MEMORY),
    }
    threads = threads or int(os.environ.get("ICP_THREADS", "0"))
    if threads:
        config["threads"] = threads
    if temp_directory is not None:
        config["temp_directory"] = str(temp_directory)
    connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=config)
    try:
        # For every cursor, because none can set it any more.
        connection.execute("set global timezone = 'UTC'")
        _lock_down(connection, allowed)
        yield connection
    finally:
        connection.close()


@contextmanager
def beside(connection: Connection) -> Iterator[Connection]:
    """A second connection to the same database with the same limits, for another thread; temp tables are its own."""
    other = connection.cursor()
    try:
        yield other
    finally:
        other.close()


def _lock_down(connection: Connection, allowed: Sequence[Path]) -> None:
    """After this, SQL reaches only the allowed folders and cannot change that."""
    folders = [str(folder.resolve()) + "/" for folder in allowed]
    connection.execute("set allowed_directories = ?", [folders])
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
