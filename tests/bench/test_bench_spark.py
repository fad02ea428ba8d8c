"""The Spark benchmark finds tables that differ in one cell, and compares doubles with a tolerance."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from bench.spark import differing_tables


def database(folder: Path, name: str, *statements: str) -> Path:
    path = folder / f"{name}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema core")
        connection.execute("create table core.facts (id varchar, amount decimal(18, 2), share double, run_id varchar)")
        connection.execute("insert into core.facts values ('a', 1.10, 1e0 / 3, 'r1'), ('a', 1.10, 1e0 / 3, 'r1')")
        for statement in statements:
            connection.execute(statement)
    return path


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update core.facts set run_id = 'r2'", []),
        ("update core.facts set share = share + 1e-15", []),
        ("update core.facts set share = share + 1e-9", ["core.facts: 2 rows only on DuckDB, 2 only on Spark"]),
        ("update core.facts set amount = 1.11", ["core.facts: 2 rows only on DuckDB, 2 only on Spark"]),
        ("update core.facts set id = null", ["core.facts: 2 rows only on DuckDB, 2 only on Spark"]),
        (
            "insert into core.facts values ('a', 1.10, 1e0 / 3, 'r1')",
            ["core.facts: 0 rows only on DuckDB, 1 only on Spark"],
        ),
        ("alter table core.facts alter amount type decimal(18, 3)", ["core.facts: different columns or types"]),
        ("create table core.more as select 1 as one", ["core.more: different columns or types"]),
    ],
)
def test_one_cell_one_row_one_type_is_told(tmp_path: Path, statement: str, told: list[str]) -> None:
    wanted, found = database(tmp_path, "wanted"), database(tmp_path, "found", statement)
    tables, rows, differing = differing_tables(wanted, found)
    assert differing == told
    assert (tables, rows) == (1 + ("more" in statement), 0 if "types" in "".join(told) and "alter" in statement else 2)
