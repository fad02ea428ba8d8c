"""Every case of `tests/sql` on Spark: the same rows in, the same table out as from DuckDB, types too."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from spark_engine import answer, as_texts, difference, put_rows, spark_session, view_name
from test_sql_models import CASES, ROOT, Schemas, create_table, load_rows

from icp_pipeline.models.portable import transpile
from icp_pipeline.names import TableName


@pytest.mark.slow
def test_every_case_gives_the_same_table(needs_spark: None, tmp_path: Path) -> None:
    schemas = Schemas()
    differing: list[str] = []
    written: dict[TableName, str] = {}
    with spark_session(tmp_path) as spark, duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        filled: dict[TableName, bool] = {}
        for case in CASES:
            model = schemas.model(TableName(case.parent.parent.name, case.parent.name))
            inputs = {TableName.parse(path.stem): path for path in case.glob("*.*.csv")}
            for name in model.depends_on:
                columns = schemas.columns(name)
                connection.execute(f"drop table if exists {name}")
                create_table(connection, name, columns)
                if name in inputs:
                    load_rows(connection, name, inputs[name])
                # Empty views are of use to the next case, too.
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
                differing.append(f"{case.relative_to(ROOT / 'tests' / 'sql')}: {told}")
    assert not differing, f"{len(differing)} of {len(CASES)} cases differ:\n" + "\n".join(differing)
