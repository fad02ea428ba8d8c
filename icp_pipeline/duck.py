"""The only place that opens DuckDB: every connection has explicit limits and no way out to the network."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from icp_pipeline.errors import SettingsError
from icp_pipeline.names import quoted

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Connection = duckdb.DuckDBPyConnection
DuckError = duckdb.Error
# A statement asks for a table or column that the file lacks.
MissingNameError = (duckdb.CatalogException, duckdb.BinderException)
# What a statement is refused with when another connection has a transaction open, and in other cases.
BusyError = duckdb.TransactionException
VERSION: str = duckdb.__version__

# DuckDB 2.0.0 takes columns of a right side that turns out empty for never NULL: behind such a left join,
# `sum(case when b.x is null then 1 else 0 end) > 0` is false. Without this optimizer the answer is right.
_WRONG_OPTIMIZER = "statistics_propagation"
# What a table was made by: tables of another release, or made with that optimizer, are built again.
BUILDS_AS = f"{VERSION} without {_WRONG_OPTIMIZER}"
# Files written by 2.x are unreadable for 1.5 clients unless the older storage version is asked for.
STORAGE_VERSION = "v1.5.0"
# Of a new file. A table takes a block at least, and a home has hundreds that are small: a quarter of DuckDB's size is
# a third of the sample's file, and large tables are neither larger nor slower (at 16 kB they are both).
BLOCK_BYTES = 65_536
# What was read stays in memory up to this limit. A run takes more beside it, most after it has read many new files
# (bench/SCALE.md).
DEFAULT_MEMORY = "3GB"
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT])(i?)B?|(100|[1-9]?[0-9])%", re.IGNORECASE | re.ASCII)
# Less opens no file, and more is no machine: a slip of the unit, which DuckDB takes or fails on in words of its own.
_LEAST_BYTES, _MOST_BYTES = 1e6, 1e15
# Each is a thread of the system: thousands of them bring the machine to a stand.
_MOST_THREADS = 512
# Types that come through Arrow as they are; of others a frame would show something else.
_PLAIN_KINDS = frozenset(
    {
        *("VARCHAR", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
        *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIMESTAMP"),
    }
)
# Texts of so many rows are held at once while they are coded.
_CODED_ROWS = 100_000
# Of these a frame has the nearest double.
_WIDE_KINDS = ("DECIMAL", "HUGEINT", "UHUGEINT")


def memory_of_environment() -> str:
    """`ICP_MEMORY_LIMIT` as DuckDB takes it; empty is unset. Raises SettingsError for what is no size."""
    text = os.environ.get("ICP_MEMORY_LIMIT", "").strip()
    if not text:
        return DEFAULT_MEMORY
    found = _SIZE.fullmatch(text)
    if not found or not _is_a_limit(found):
        raise SettingsError(
            f"ICP_MEMORY_LIMIT is '{text}' in the environment: expected a size such as 8GB, 8Gi or 80%."
        )
    # Kubernetes writes 8Gi.
    return text if found[4] else f"{found[1]}{found[2]}{found[3]}B"


def _is_a_limit(size: re.Match[str]) -> bool:
    if size[4]:
        return size[4] != "0"
    return _LEAST_BYTES <= float(size[1]) * 1000 ** ("KMGT".index(size[2].upper()) + 1) <= _MOST_BYTES


def threads_of_environment() -> int:
    """`ICP_THREADS`, 0 where it is unset or empty: as many as there are processors. Raises SettingsError otherwise."""
    text = os.environ.get("ICP_THREADS", "").strip()
    if text and not (re.fullmatch(r"[0-9]{1,4}", text) and int(text) <= _MOST_THREADS):
        raise SettingsError(
            f"ICP_THREADS is '{text}' in the environment: expected a whole number such as 4, {_MOST_THREADS} at most."
        )
    return int(text or 0)


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
        "default_block_size": BLOCK_BYTES,
        # A file in the making is of no use after a crash: it is written out once, when it is closed, and forced to disk
        # as a whole before it is published (`warehouse.publish.seal`), not with each table.
        "checkpoint_threshold": "1GB",
        "fsync_mode": "NONE",
        "disabled_optimizers": _WRONG_OPTIMIZER,
        "memory_limit": memory_limit or memory_of_environment(),
    }
    threads = threads or threads_of_environment()
    if threads:
        config["threads"] = threads
    if temp_directory is not None:
        config["temp_directory"] = str(temp_directory)
    connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=config)
    try:
        # For every cursor, because none can set it any more.
        connection.execute("set global timezone = 'UTC'")
        # On stdout, among what is printed; Python asks for it where it takes a program for a session.
        connection.execute("set enable_progress_bar = false")
        _lock_down(connection, allowed)
        yield connection
    finally:
        connection.close()


def remove_database(path: Path) -> None:
    """Remove a database file and its write-ahead log, if they exist."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


def large_frame(connection: Connection, sql: str) -> pd.DataFrame:
    """What `.df()` gives of a query: of many rows several times faster, of a few two milliseconds slower.

    Texts come as they lie in memory, and not one by one.
    """
    import pandas as pd

    connection.complete()  # of an earlier statement there may be rows that nobody asked for
    rows = connection.sql(sql)
    kinds = {name: str(kind).partition("(")[0] for name, kind in zip(rows.columns, rows.types, strict=True)}
    if not _PLAIN_KINDS.issuperset(kinds.values()) or len({name.casefold() for name in kinds}) < len(rows.columns):
        return rows.df()
    table = rows.to_arrow_table()
    # A column without a value in any row is no column of texts in a frame.
    texts = [name for name, kind in kinds.items() if kind == "VARCHAR" and table[name].null_count < len(table)]
    others = connection.from_arrow(table.drop_columns(texts)).df() if len(texts) < len(kinds) else {}
    return pd.DataFrame({name: pd.array(table[name], dtype="str") if name in texts else others[name] for name in kinds})


def batches(connection: Connection, sql: str, order_by: str, rows: int) -> pa.RecordBatchReader:
    """What a query gives, in order, so many rows at a time; DECIMAL and HUGEINT as DOUBLE, as a frame has them."""
    connection.complete()  # of an earlier statement there may be rows that nobody asked for
    found = connection.sql(sql)
    wide = {name for name, kind in zip(found.columns, found.types, strict=True) if str(kind).startswith(_WIDE_KINDS)}
    listed = [
        f"cast({quoted(name)} as double) as {quoted(name)}" if name in wide else quoted(name) for name in found.columns
    ]
    ordered = f"select {', '.join(listed)} from (\n{sql}\n) as found order by {order_by}"
    return connection.sql(ordered).to_arrow_reader(rows)


def coded_frame(connection: Connection, sql: str) -> pd.DataFrame:
    """What `.df()` gives of a query, its texts as categories in their order: each is held once, a row is numbers.

    The query runs once more for each column of texts.
    """
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    connection.complete()  # of an earlier statement there may be rows that nobody asked for
    found = connection.sql(sql)
    texts = {
        name: _distinct(connection, sql, name)
        for name, kind in zip(found.columns, found.types, strict=True)
        if str(kind) == "VARCHAR"
    }
    codes: dict[str, list[Any]] = {name: [np.zeros(0, np.int32)] for name in texts}
    reader = connection.sql(sql).to_arrow_reader(_CODED_ROWS)
    others = []
    for batch in reader:
        for name, known in texts.items():
            codes[name].append(pc.fill_null(pc.index_in(batch[name], known), -1).to_numpy(zero_copy_only=False))
        others.append(batch.drop_columns([*texts]))
    shown = pa.schema([field for field in reader.schema if field.name not in texts])
    plain = pa.Table.from_batches(others, shown)
    columns: dict[str, Any] = {}
    for name in found.columns:
        if name in texts:
            known = pd.Index(pd.array(texts[name], dtype="str"))
            columns[name] = pd.Categorical.from_codes(np.concatenate(codes.pop(name)), known, validate=False)
        else:
            columns[name] = plain[name].to_pandas(date_as_object=False)
    return pd.DataFrame(columns)


def _distinct(connection: Connection, sql: str, name: str) -> pa.Array:
    column = quoted(name)
    asked = f"select distinct {column} from (\n{sql}\n) where {column} is not null order by {column}"
    return connection.sql(asked).to_arrow_table().column(0).combine_chunks()


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
