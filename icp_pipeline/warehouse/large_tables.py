"""Large tables of a large version stand beside it as Parquet files, and the version has views on them.

A night changes few of them, so the next version shows the same files, whatever the file system. As long as a version is
small it is one file that needs no other. The history always stays in the file: it cannot be built again.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from icp_pipeline import duck
from icp_pipeline.names import TableName, literal, quoted
from icp_pipeline.warehouse.described import describe_table, descriptions
from icp_pipeline.warehouse.shown_files import files_of_view, is_kept, named_by_content, select_from, views

# Of a version with its files. Some 80,000 accounts; below half of it the next version is one file again.
LARGE_VERSION_BYTES = 500_000_000
# Of a table in the file. The small ones of 200,000 accounts take 13 MB together; each file costs some milliseconds.
LARGE_TABLE_BYTES = 500_000
# A smaller table takes no such number of bytes: its size need not be looked up.
FEWEST_ROWS = 2_000
# A file of at least so many bytes is not written again to take in other rows.
FULL_FILE_BYTES = 10_000_000
# Files written at a time: DuckDB gives a thread 100,000 rows or more, so one table seldom keeps all threads busy.
_AT_A_TIME = 2
# What the guards compare the next run with, even where the files were not copied with the version.
_STAY = {TableName("icp", "account_tiers"), TableName("quality", "source_files")}
# With these, 112 tables of 200,000 accounts are written in 15 s instead of 19, to as many bytes: identifiers, of which
# each is another, are not looked up in a dictionary first.
_FORMAT = "format parquet, compression zstd, compression_level 1, dictionary_size_limit 10000"
_TABLES = """
select schema_name, table_name from duckdb_tables()
where database_name = current_database() and schema_name <> 'history' and estimated_size >= ?
order by all
"""


def settle_large_tables(connection: duck.Connection, folder: Path | None, stays_from: float = math.inf) -> bool:
    """Write large tables to files in `folder` if the version is large, or take them back in, all without a folder.

    Of a small version, files of a table with `stays_from` bytes together stay: another engine reads and writes them.
    The connection is checkpointed and the only one. Returns whether anything was moved, which leaves gaps in the file.
    """
    kept = {name: (files, _bytes(files)) for name, files in _kept_views(connection).items()}
    limit = LARGE_VERSION_BYTES / 2 if kept else LARGE_VERSION_BYTES
    if folder is None or _used_bytes(connection) + sum(size for _, size in kept.values()) < limit:
        moved = {name: files for name, (files, size) in kept.items() if folder is None or size < stays_from}
        for name, files in moved.items():
            _take_in(connection, name, files)
        return bool(moved)
    has_moved = False
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        names = [*_large_tables(connection)]
        for name, file in zip(names, pool.map(partial(_written_beside, connection, folder), names), strict=True):
            if file is not None:
                show(connection, name, [file])
                has_moved = True
    return has_moved


def _written_beside(connection: duck.Connection, folder: Path, name: TableName) -> Path | None:
    with duck.beside(connection) as other:
        return write_kept(other, name, folder, f"from {name}")


def write_kept(connection: duck.Connection, name: TableName, folder: Path, rows: str) -> Path | None:
    """Write the rows of a SELECT to a file of the table, named by its content, in their order.

    None if Parquet has no such types.
    """
    own = folder / str(name)
    own.mkdir(parents=True, exist_ok=True)
    draft = own / f".{os.getpid()}.tmp"
    connection.execute(f"copy (\n{rows}\n) to {literal(str(draft))} ({_FORMAT})")
    if _types(connection, _from([draft])) != _types(connection, rows):
        draft.unlink()
        return None
    return named_by_content(draft, own)


def write_exchanged(
    connection: duck.Connection, name: TableName, folder: Path, partitions: tuple[str, Collection[str]], rebuilt: str
) -> list[Path] | None:
    """The files of a table's view with rows of some partitions exchanged for those that the SELECT `rebuilt` gives.

    `partitions` are a column and values of it, as text. A file that holds none of them stands, but the smallest, if it
    is not full, is written together with the new rows: else each night would add a file. None as in `write_kept`.
    """
    (column, values), files = partitions, files_of_view(connection, name) or []
    kind, by = _types(connection, f"from {name}")[column], quoted(column)
    chosen = f"(select cast(unnest([{', '.join(map(literal, sorted(values)))}]) as {kind}) as {by})"
    held = {
        file for file in files if _one(connection, f"select count(*) {_from([file])} semi join {chosen} using ({by})")
    }
    joined = sorted(set(files) - held, key=lambda file: (file.stat().st_size, file.name))[:1]
    again = held.union(file for file in joined if file.stat().st_size < FULL_FILE_BYTES)
    # A join, because DuckDB compares each row of a file with each value of a long `not in`. It keeps rows without one.
    stay = f"{_from(sorted(again))} anti join {chosen} using ({by}) union all by name " if again else ""
    written = write_kept(connection, name, folder, f"{stay}{rebuilt}")
    return [*sorted(set(files) - again), written] if written else None


def show(connection: duck.Connection, name: TableName, files: Sequence[Path]) -> None:
    """Make a table or view a view on these files, with its comments; its columns are theirs."""
    table, columns = descriptions(connection, name)
    kind = "view" if name in views(connection) else "table"
    connection.execute("begin")
    connection.execute(f"drop {kind} {name}")
    connection.execute(f"create view {name} as {select_of(connection, files)}")
    describe_table(connection, name, table, columns, "view")
    connection.execute("commit")


def select_of(connection: duck.Connection, files: Sequence[Path]) -> str:
    """The SELECT of a view on files that `write_kept` wrote."""
    return f"select * from {select_from(files, _types(connection, _from(files)))}"


def _from(files: Sequence[Path]) -> str:
    return f"from read_parquet([{', '.join(literal(str(path)) for path in files)}])"


def _take_in(connection: duck.Connection, name: TableName, files: list[Path]) -> None:
    table, columns = descriptions(connection, name)
    connection.execute("begin")
    connection.execute(f"drop view {name}")
    connection.execute(f"create table {name} as {select_of(connection, files)}")
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


def _bytes(files: Collection[Path]) -> int:
    return sum(path.stat().st_size for path in files)


def _used_bytes(connection: duck.Connection) -> int:
    return _one(connection, "select block_size * used_blocks from pragma_database_size()")


def _one(connection: duck.Connection, sql: str) -> int:
    ((number,),) = connection.execute(sql).fetchall()
    return int(number)


def _types(connection: duck.Connection, rows: str) -> Mapping[str, str]:
    return {row[0]: row[1] for row in connection.execute(f"describe {rows}").fetchall()}
