"""Models that are built by day: what Spark builds for some days equals those days of DuckDB's whole table."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from project_models import create_table
from spark_engine import difference, quick_spark
from test_sql_models import Schemas

from icp_pipeline import duck
from icp_pipeline.catalog.inputs import DAY_COLUMNS
from icp_pipeline.names import TableName
from icp_pipeline.settings.engines import SparkSettings
from icp_pipeline.spark import spark_engine as engine_of_spark
from icp_pipeline.spark.spark_engine import spark_engine
from icp_pipeline.warehouse.engine import Part, Rows

_DAYS = [f"2026-07-{day:02d}" for day in range(1, 8)]
_NAMES = ["a", "b", "ü", "it's", None]


@pytest.mark.slow
def test_days_made_apart_are_the_days_of_the_whole(
    needs_spark: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_of_spark, "_LARGE_BYTES", 1)
    quick_spark(monkeypatch, tmp_path)
    schemas, dice = Schemas(), random.Random(1)
    models = [model for model in schemas.graph if model.builds_partitions and model.partition_column in DAY_COLUMNS]
    assert len(models) >= 3
    with (
        duck.connect(allowed=[tmp_path]) as connection,
        spark_engine(SparkSettings(master="local[2]"), schemas.graph, tmp_path / "spark") as engine,
    ):
        for model in models:
            read = {name: schemas.columns(name) for name in model.depends_on}
            handed = {name: filled(connection, name, kinds, dice, tmp_path) for name, kinds in read.items()}
            whole = connection.sql(model.sql).to_arrow_table()
            column, columns = model.partition_column or "", schemas.columns(model.name)
            by_day = [name for name, kinds in read.items() if column in kinds]
            made = engine.make(model, columns, handed.__getitem__)
            assert set(made) == set(_DAYS), "a large one is written day by day"
            assert not difference(whole, taken_in(made)), model.name
            for chosen in (_DAYS[:1], _DAYS[2:4], ["2031-01-01"]):
                part = Part(column, frozenset(chosen), frozenset(by_day))
                made = engine.make(model, columns, handed.__getitem__, part)
                assert set(made) == set(chosen) & set(_DAYS)
                if made:
                    listed = ", ".join(f"'{day}'" for day in chosen)
                    wanted = connection.sql(f"from ({model.sql}) where {column} in ({listed})").to_arrow_table()
                    assert not difference(wanted, taken_in(made)), (model.name, chosen)


def taken_in(made: Mapping[str, list[Path]]) -> pa.Table:
    """Read back as DuckDB reads it."""
    listed = ", ".join(f"'{path}'" for paths in made.values() for path in paths)
    with duck.connect(allowed=[path.parent for paths in made.values() for path in paths]) as connection:
        return connection.sql(f"from read_parquet([{listed}], hive_partitioning = false)").to_arrow_table()


def filled(
    connection: duck.Connection, name: TableName, columns: Mapping[str, str], dice: random.Random, folder: Path
) -> Rows:
    """A table of random rows, and the file that another engine reads."""
    connection.execute(f"drop table if exists {name}")
    create_table(connection, name, dict(columns))
    rows = 1 if name.schema == "settings" else 400
    cells = {
        column: [_cell(column, kind.upper(), dice, row) for row in range(rows)] for column, kind in columns.items()
    }
    connection.register("given", pa.table({column: pa.array(found, pa.string()) for column, found in cells.items()}))
    casts = ", ".join(f'cast("{column}" as {kind}) as "{column}"' for column, kind in columns.items())
    key = next(iter(columns)) if name.schema == "core" else "*"
    distinct = f"distinct on ({key})" if key != "*" else ""
    connection.execute(f"insert into {name} select {distinct} {casts} from given")
    connection.unregister("given")
    path = folder / f"{name}.parquet"
    connection.execute(f"copy (from {name}) to '{path}' (format parquet)")
    return Rows((path,), columns)


def _cell(column: str, kind: str, dice: random.Random, row: int) -> str | None:
    if column == "source_line":
        return str(row)
    if column == "as_of":
        return "2026-08-01"
    if column in DAY_COLUMNS:
        return dice.choice(_DAYS)
    if kind in ("TEXT", "VARCHAR"):
        return dice.choice(_NAMES)
    if kind in ("DATE", "TIMESTAMP"):
        return "2026-07-01"
    return str(dice.randrange(1, 5)) if kind != "BOOLEAN" else "true"
