"""The next version starts from a compact copy of the live file if that saves much space, else from a plain copy."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from icp_pipeline import duck
from icp_pipeline.warehouse.compact import copy_version

_COMMENTS = "select table_name, column_name, comment from duckdb_columns() where comment is not null order by all"
_ROWS = "select * from core.accounts"


def small_tables(path: Path, block_bytes: int, replaced: int = 0) -> list[tuple[int, str]]:
    """A file of thirty tables, one of which was replaced this many times."""
    with duckdb.connect(str(path), config={"default_block_size": block_bytes}) as connection:
        connection.execute("create schema core")
        for number in range(30):
            connection.execute(f"create table core.t{number} as select {number} as n")
        for seed in range(replaced + 1):
            connection.execute(
                f"create or replace table core.accounts as select i, hash(i + {seed}) % 997 as h, "
                f"md5('{seed}' || i) as m from range(30000) rows(i) order by hash(i)"
            )
            connection.execute("checkpoint")
        connection.execute("comment on column core.accounts.m is 'Digest.'")
        connection.execute("create view core.best as select * from core.accounts where h = 1")
        return connection.execute(_ROWS).fetchall()


@pytest.mark.parametrize(("block_bytes", "replaced"), [(262_144, 0), (duck.BLOCK_BYTES, 3)])
def test_what_takes_more_room_than_it_needs_is_copied_by_table_in_the_same_order(
    tmp_path: Path, block_bytes: int, replaced: int
) -> None:
    rows = small_tables(tmp_path / "kept.duckdb", block_bytes, replaced)
    copy_version(tmp_path / "kept.duckdb", tmp_path / "work.duckdb", tmp_path, [tmp_path])
    assert (tmp_path / "work.duckdb").stat().st_size < 0.7 * (tmp_path / "kept.duckdb").stat().st_size
    with duck.connect(tmp_path / "work.duckdb", read_only=True) as connection:
        assert connection.execute(_ROWS).fetchall() == rows
        assert connection.execute(_COMMENTS).fetchall() == [("accounts", "m", "Digest.")]
        assert connection.execute("select count(*) from core.best").fetchone() == (sum(row[1] == 1 for row in rows),)


def test_what_fits_is_copied_as_it_is(tmp_path: Path) -> None:
    small_tables(tmp_path / "kept.duckdb", duck.BLOCK_BYTES)
    copy_version(tmp_path / "kept.duckdb", tmp_path / "work.duckdb", tmp_path, [tmp_path])
    assert (tmp_path / "work.duckdb").read_bytes() == (tmp_path / "kept.duckdb").read_bytes()


def test_a_view_whose_files_are_gone_hinders_nobody(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "kept.duckdb")) as connection:
        connection.execute(f"copy (select 1 as n) to '{tmp_path / 'n.parquet'}'")
        connection.execute(f"create view usage as select * from read_parquet('{tmp_path / 'n.parquet'}')")
        connection.execute("create table accounts as select 1 as n")
    (tmp_path / "n.parquet").unlink()
    copy_version(tmp_path / "kept.duckdb", tmp_path / "work.duckdb", tmp_path, [tmp_path])
    with duck.connect(tmp_path / "work.duckdb", read_only=True) as connection:
        assert connection.execute("select view_name from duckdb_views() where not internal").fetchall() == [("usage",)]
        assert connection.execute("from accounts").fetchall() == [(1,)]


def test_what_cannot_be_copied_by_table_is_copied_as_it_is(tmp_path: Path) -> None:
    """If that copy is refused, or memory is too small for it."""
    small_tables(tmp_path / "kept.duckdb", 262_144)
    copy_version(tmp_path / "kept.duckdb", tmp_path / "work.duckdb", tmp_path / "spill", allowed=[])
    assert (tmp_path / "work.duckdb").read_bytes() == (tmp_path / "kept.duckdb").read_bytes()
