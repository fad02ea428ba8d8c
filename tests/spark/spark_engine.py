"""Spark in this process, DuckDB's tables loaded into it, and a comparison of two tables."""

from __future__ import annotations

import importlib.util
import math
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest

from icp_pipeline.models.portable import type_in
from icp_pipeline.names import TableName
from icp_pipeline.settings.engines import SparkSettings
from icp_pipeline.spark.sessions import session_for_small_tables, spark_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Row = tuple[Any, ...]
# For small tables, most of the time goes into preparing each query, in a Java process that has just started.
_QUICK = {
    "spark.driver.memory": "2g",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -Xms1g -Xmn600m -XX:TieredStopAtLevel=1 "
    "-XX:ReservedCodeCacheSize=240m",
    "spark.default.parallelism": "1",
    "spark.sql.lightweightPlanChangeValidation": "false",
}


def spark_or_skip() -> None:
    """PySpark and Java; without them the test is skipped, except where CI has installed both."""
    missing = None
    if importlib.util.find_spec("pyspark") is None:
        missing = "PySpark is not installed: make spark"
    elif shutil.which("java") is None:
        missing = "Java is not installed: Spark needs version 17 or newer"
    if missing:
        assert "ICP_TESTS_NEED_SPARK" not in os.environ, missing
        pytest.skip(missing)


def quick_spark(monkeypatch: pytest.MonkeyPatch, folder: Path, also: Mapping[str, str] | None = None) -> None:
    """For the rest of this test, Spark starts with settings that are fast for small tables."""
    lines = [f"{key} {value}" for key, value in (_QUICK | dict(also or {})).items()]
    (folder / "spark-defaults.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setenv("SPARK_CONF_DIR", str(folder))


@contextmanager
def small_session(folder: Path) -> Iterator[SparkSession]:
    """A session for small tables, with the settings of a run."""
    spark = SparkSettings(master="local[2]")
    with spark_session(spark, folder) as session, session_for_small_tables(session) as small:
        yield small


def view_name(table: TableName) -> str:
    """Temporary views have no schema."""
    return f"{table.schema}__{table.table}"


def put_rows(spark: SparkSession, table: TableName, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
    """A few rows, given as texts, as a view: faster than a frame of its own."""
    casts = ", ".join(f"cast(`{name}` as {type_in('spark', kind)}) as `{name}`" for name, kind in columns.items())
    names = ", ".join(f"`{name}`" for name in columns)
    lines = [", ".join("null" if cell is None else _text(cell) for cell in row) for row in rows]
    values = ", ".join(f"({line})" for line in lines) or f"({', '.join('null' for _ in columns)})"
    only = "" if rows else " where false"
    spark.sql(
        f"create or replace temporary view {view_name(table)} as "
        f"select {casts} from values {values} as given({names}){only}"
    )


def _text(cell: str) -> str:
    """Spark interprets backslashes, and does not know doubled quotes."""
    return "'" + cell.replace("\\", "\\\\").replace("'", "\\'") + "'"


def answer(spark: SparkSession, sql: str) -> pa.Table:
    """The result of a query."""
    return spark.sql(sql).toArrow()


def difference(wanted: pa.Table, found: pa.Table) -> str:
    """Empty if both have the same columns, types and rows in any order; else the first difference."""
    if types_of(wanted) != types_of(found):
        pairs = zip(types_of(wanted), types_of(found), strict=False)
        return f"types: {[pair for pair in pairs if pair[0] != pair[1]]}"
    if len(wanted) != len(found):
        return f"{len(wanted)} rows wanted, {len(found)} came"
    for expected, got in zip(_in_order(wanted), _in_order(found), strict=True):
        for name, left, right in zip(wanted.column_names, expected, got, strict=True):
            if not _same(left, right):
                return f"{name}: {left!r} wanted, {right!r} came, in {expected}"
    return ""


def types_of(table: pa.Table) -> list[tuple[str, str]]:
    """Names and types, as far as two engines can agree: how texts are stored does not count."""
    return [
        (field.name, str(field.type).replace("large_", "").replace("string_view", "string")) for field in table.schema
    ]


def _in_order(table: pa.Table) -> list[Row]:
    """Exact columns come first, so that a double's last digit cannot change which rows are compared."""
    rows: list[Row] = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return sorted(rows, key=lambda row: ([_key(cell) for cell in row], [_near(cell) for cell in row]))


def _key(cell: object) -> tuple[bool, str]:
    return cell is not None, "" if isinstance(cell, float) else str(cell)


def _near(cell: object) -> float:
    return float(f"{cell:.6g}") if isinstance(cell, float) else 0.0


def _same(wanted: object, found: object) -> bool:
    if isinstance(wanted, float) and isinstance(found, float):
        return (math.isnan(wanted) and math.isnan(found)) or math.isclose(wanted, found, rel_tol=1e-12, abs_tol=1e-300)
    return type(wanted) is type(found) and wanted == found


def as_texts(connection: duckdb.DuckDBPyConnection, table: TableName, columns: Mapping[str, str]) -> list[Row]:
    """The rows of a small table, each value as DuckDB prints it."""
    listed = ", ".join(f'cast("{name}" as varchar)' for name in columns)
    return list(connection.execute(f"select {listed} from {table}").fetchall())
