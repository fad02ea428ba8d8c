"""Each tag on a clean and on a dirty table: the audit counts exactly the rows that break it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from icp_pipeline.models.graph import load_models
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.quality.audit import AUDIT_COLUMNS, audit_sql, counts_sql

# tag -> (SQL of a clean table with the columns a and b, SQL of a dirty one, rows that break the tag there)
TAGS: dict[str, tuple[str, str, int]] = {
    "#not_null": ("values (1, 1), (2, 2)", "values (null, 1), (2, 2), (null, 3)", 2),
    "#unique": ("values (1, 1), (2, 2), (null, 3), (null, 4)", "values (1, 1), (1, 2), (1, 3), (2, 4)", 2),
    "#unique_with[b]": ("values (1, 1), (1, 2), (2, 1)", "values (1, 1), (1, 1), (1, null), (1, null)", 2),
    "#accepted[x,it's]": ("values ('x', 1), ('it''s', 1), (null, 1)", "values ('x', 1), ('X', 1), ('y', 1)", 2),
    "#between[0,1]": ("values (0.0, 1), (1, 1), (null, 1)", "values (-0.1, 1), (1.1, 1), (0.5, 1)", 2),
    "#between[0,1]!warn": ("values (0.5::double, 1)", "values ('nan'::double, 1), ('inf'::double, 1)", 2),
    "#finite": ("values (1.5, 1), (null, 1)", "values ('nan'::double, 1), ('-inf'::double, 1), (0, 1)", 2),
    "#references[core.other.id]": ("values (1, 1), (2, 1), (null, 1)", "values (1, 1), (3, 1), (4, 1)", 2),
    "#same_count_as[core.other]": ("values (1, 1), (2, 1)", "values (1, 1), (2, 1), (3, 1), (4, 1)", 2),
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema core; create table core.other as select * from (values (1), (2)) as t(id)")
        yield connection


def model_with(tags: str, tmp_path: Path) -> Model:
    path = tmp_path / "sql" / "core" / "model.sql"
    path.parent.mkdir(parents=True)
    comment = f"    -- A. {tags}" if tags else "    -- A."
    path.write_text(
        f"-- One row.\nselect\n{comment}\n    one.a,\n    -- B.\n    one.b\nfrom core.one", encoding="utf-8"
    )
    return load_models(tmp_path / "sql")[TableName("core", "model")]


def counts(connection: duckdb.DuckDBPyConnection, model: Model, rows: str) -> list[dict[str, object]]:
    connection.execute(f"create table core.model as select * from ({rows}) as t(a, b)")
    frame = connection.execute(audit_sql(model) or "").df()
    one_row = connection.execute(counts_sql(model) or "").fetchone()
    assert one_row == (frame["total"].iloc[0], *frame["failing"])
    return frame[list(AUDIT_COLUMNS)].to_dict("records")


@pytest.mark.parametrize("tag", TAGS)
def test_clean_rows_break_nothing(tag: str, connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    found = counts(connection, model_with(tag, tmp_path), TAGS[tag][0])
    assert [row["failing"] for row in found] == [0]


@pytest.mark.parametrize("tag", TAGS)
def test_dirty_rows_are_counted(tag: str, connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _, dirty, failing = TAGS[tag]
    severity = "warning" if tag.endswith("!warn") else "critical"
    name = tag.removeprefix("#").removesuffix("!warn").partition("[")[0]
    total = dirty.count("(")
    found = counts(connection, model_with(tag, tmp_path), dirty)
    assert found == [{"check": name, "column": "a", "severity": severity, "failing": failing, "total": total}]


def test_an_empty_table_breaks_no_rule_but_its_count(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    tags = " ".join(tag for tag in TAGS if tag not in ("#accepted[x,it's]",))
    found = counts(connection, model_with(tags, tmp_path), "select 1.0 as a, 1 as b where false")
    assert {str(row["check"]): row["failing"] for row in found if row["failing"]} == {"same_count_as": 2}
    assert len(found) == len(TAGS) - 1


def test_rules_come_in_the_order_of_the_tags(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    found = counts(connection, model_with("#unique #not_null #finite", tmp_path), "values (1, 1)")
    assert [row["check"] for row in found] == ["unique", "not_null", "finite"]


def test_a_model_without_tags_has_no_audit(tmp_path: Path) -> None:
    assert audit_sql(model_with("", tmp_path)) is None
