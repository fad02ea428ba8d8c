"""Every case of `tests/sql` on Spark: the same rows in, the same table out as from DuckDB, types included."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from project_models import create_table
from spark_engine import answer, as_texts, difference, put_rows, quick_spark, small_session, view_name
from test_sql_models import CASES, ROOT, Schemas, load_rows

from icp_pipeline import duck
from icp_pipeline.models.portable import transpile
from icp_pipeline.names import TableName

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.mark.slow
def test_every_case_gives_the_same_table(needs_spark: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick_spark(monkeypatch, tmp_path)
    with small_session(tmp_path) as spark:
        differing = differing_cases(spark, CASES)
    assert not differing, f"{len(differing)} of {len(CASES)} cases differ:\n" + "\n".join(differing)


def name_of(case: Path) -> str:
    return case.relative_to(ROOT / "tests" / "sql").as_posix()


def differing_cases(spark: SparkSession, cases: Sequence[Path]) -> list[str]:
    schemas, differing = Schemas(), []
    written: dict[TableName, str] = {}
    filled: dict[TableName, bool] = {}
    with duck.connect() as connection:
        for case in cases:
            model = schemas.model(TableName(case.parent.parent.name, case.parent.name))
            inputs = {TableName.parse(path.stem): path for path in case.glob("*.*.csv")}
            for name in model.depends_on:
                columns = schemas.columns(name)
                connection.execute(f"drop table if exists {name}")
                create_table(connection, name, columns)
                if name in inputs:
                    load_rows(connection, name, columns, inputs[name])
                # An empty view can be reused by the next case.
                if name in inputs or filled.get(name, True):
                    put_rows(spark, name, columns, as_texts(connection, name, columns))
                    filled[name] = name in inputs
            wanted = connection.sql(model.sql).to_arrow_table()
            if model.name not in written:
                written[model.name] = transpile(model, "spark", schemas.tables, view_name)
            try:
                told = difference(wanted, answer(spark, written[model.name]))
            except Exception as error:
                told = str(error).strip().splitlines()[0][:300]
            if told:
                differing.append(f"{name_of(case)}: {told}")
    return differing
