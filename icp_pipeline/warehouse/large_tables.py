"""Large tables of a large version stand beside it as Parquet files, and the version has views on them.

A night changes few of them, so the next version shows the same files, whatever the file system. As long as a version is
small it is one file that needs no other. The history always stays in the file: it cannot be built again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from icp_pipeline import duck
from icp_pipeline.names import TableName, literal
from icp_pipeline.warehouse.described import describe_table, descriptions
from icp_pipeline.warehouse.shown_files import files_of_view, is_kept, named_by_content, select_from, views

# Of a version with its files. Some 80,000 accounts; below half of it the next version is one file again.
LARGE_VERSION_BYTES = 500_000_000
# Of a table in the file. The small ones of 200,000 accounts take 13 MB together; each file costs some milliseconds.
LARGE_TABLE_BYTES = 500_000
# A smaller table takes no such number of bytes: its size need not be looked up.
FEWEST_ROWS = 2_000
# What the guards compare the next run with, even where the files were not copied with the version.
_STAY = {TableName("icp", "account_tiers")}
_TABLES = """
select schema_name, table_name from duckdb_tables()
where database_name = current_database() and schema_name <> 'history' and estimated_size >= ?
order by all
"""


def settle_large_tables(connection: duck.Connection, folder: Path | None) -> bool:
    """Write large tables to files in `folder` if the version is large, or take all back in, also without a folder.

    The connection is checkpointed and the only one. Returns whether anything was moved, which leaves gaps in the file.
    """
    kept = _kept_views(connection)
    files_bytes = sum(path.stat().st_size for files in kept.values() for path in files)
    limit = LARGE_VERSION_BYTES / 2 if kept else LARGE_VERSION_BYTES
    if folder is None or _used_bytes(connection) + files_bytes < limit:
        for name, files in kept.items():
            _take_in(connection, name, files)
        return bool(kept)
    written = {name: file for name in _large_tables(connection) if (file := write_kept(connection, name, folder))}
    for name, file in written.items():
        replace_by_view(connection, name, [file])
    return bool(written)


def write_kept(connection: duck.Connection, name: TableName, folder: Path, rows: str | None = None) -> Path | None:
    """Write a table, or the `rows` that it is to have, to a file named by its content, in their order.

    None if Parquet has no such types.
    """
    own = folder / str(name)
    own.mkdir(parents=True, exist_ok=True)
    draft = own / f".{os.getpid()}.tmp"
    connection.execute(f"copy ({rows or f'from {name}'}) to {literal(str(draft))} (format parquet, compression zstd)")
    if _types(connection, f"from read_parquet({literal(str(draft))})") != _types(connection, f"from {name}"):
        draft.unlink()
        return None
    return named_by_content(draft, own)


def replace_by_view(connection: duck.Connection, name: TableName, files: list[Path]) -> None:
    """Make a table or view a view on these files, with the same columns, types and comments."""
    types, (table, columns) = _types(connection, f"from {name}"), descriptions(connection, name)
    kind = "view" if name in views(connection) else "table"
    connection.execute("begin")
    connection.execute(f"drop {kind} {name}")
    connection.execute(f"create view {name} as select * from {select_from(files, types)}")
    describe_table(connection, name, table, columns, "view")
    connection.execute("commit")


def _take_in(connection: duck.Connection, name: TableName, files: list[Path]) -> None:
    types, (table, columns) = _types(connection, f"from {name}"), descriptions(connection, name)
    connection.execute("begin")
    connection.execute(f"drop view {name}")
    connection.execute(f"create table {name} as select * from {select_from(files, types)}")
    describe_table(connection, name, table, columns)
    connection.execute("commit")


def _kept_views(connection: duck.Connection) -> dict[TableName, list[Path]]:
    found = {name: files_of_view(connection, name) or [] for name in sorted(views(connection))}
    return {name: files for name, files in found.items() if is_kept(name, files)}


def _large_tables(connection: duck.Connection) -> Iterator[TableName]:
    block_bytes = _one(connection, "select block_size from pragma_database_size()")
    for schema, table in connection.execute(_TABLES, [FEWEST_ROWS]).fetchall():
        name = TableName(schema, table)
        blocks = f"select count(distinct block_id) from pragma_storage_info({literal(str(name))}) where block_id >= 0"
        if name not in _STAY and _one(connection, blocks) * block_bytes >= LARGE_TABLE_BYTES:
            yield name


def _used_bytes(connection: duck.Connection) -> int:
    return _one(connection, "select block_size * used_blocks from pragma_database_size()")


def _one(connection: duck.Connection, sql: str) -> int:
    ((number,),) = connection.execute(sql).fetchall()
    return int(number)


def _types(connection: duck.Connection, rows: str) -> Mapping[str, str]:
    return {row[0]: row[1] for row in connection.execute(f"describe {rows}").fetchall()}
