"""The keys shown with a failed check are those of the failing rows, and nothing but keys."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from icp_pipeline.models.parse import parse_model
from icp_pipeline.names import TableName
from icp_pipeline.quality.audit import audit_sql
from icp_pipeline.quality.failing_keys import failing_keys_sql

SQL = """-- One row per firm.
select
    -- Firm. #unique
    firms.firm_id,
    -- Size. #not_null #between[1,100]
    firms.size,
    -- Band. #accepted[a,b]
    firms.band,
    -- Share. #finite
    firms.share,
    -- Owner. #references[core.owners.owner_id]
    firms.owner_id
from staging.firms
"""
ROWS = [
    ("f1", 10, "a", 0.5, "o1"),
    ("f2", None, "b", 0.5, "o1"),
    ("f3", 101, "a", 0.5, None),
    ("f4", 5, "c", 0.5, "o1"),
    ("f5", 5, "a", float("nan"), "o1"),
    ("f6", 5, "a", 0.5, "o9"),
    ("f7", 5, "a", 0.5, "o1"),
    ("f7", 6, "b", 0.5, "o1"),
]


@pytest.fixture
def built(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "create schema core; create table core.owners (owner_id varchar); insert into core.owners values ('o1')"
    )
    connection.execute(
        "create table core.firms (firm_id varchar, size int, band varchar, share double, owner_id varchar)"
    )
    connection.executemany("insert into core.firms values (?, ?, ?, ?, ?)", ROWS)
    return connection


def test_each_rule_names_its_own_rows(built: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "firms.sql"
    path.write_text(SQL, encoding="utf-8")
    model = parse_model(TableName("core", "firms"), path)
    found = {}
    for column in model.columns:
        for tag in column.tags:
            query = failing_keys_sql(model, column, tag)
            found[f"{tag.name} {column.name}"] = [row for (row,) in built.execute(query or "").fetchall()]
    assert found == {
        "unique firm_id": ["f7"],
        "not_null size": ["f2"],
        "between size": ["f3"],
        "accepted band": ["f4"],
        "finite share": ["f5"],
        "references owner_id": ["f6"],
    }
    # The audit counts the same rows: what is shown and what is counted agree.
    counts = built.execute(audit_sql(model) or "").fetchall()
    assert {f"{row[1]} {row[2]}": row[4] for row in counts} == {rule: len(keys) for rule, keys in found.items()}
