"""All models of the sample company, built one after the other on Spark from what DuckDB reads: the same tables."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from orchestration.published_homes import Shared, State, first_run, sample_home
from spark_engine import answer, difference, put_table, spark_session, view_name

from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.home import SQL, Home
from icp_pipeline.models.graph import load_models
from icp_pipeline.models.portable import transpile
from icp_pipeline.names import TableName
from icp_pipeline.run.quantile_bins import quantile_bins
from icp_pipeline.run.read_plan import read_plan
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.tables import settings_tables
from icp_pipeline.sources.lake import land
from icp_pipeline.warehouse.bind import column_types
from icp_pipeline.warehouse.build import Build, open_build

__all__ = ["Shared", "first_run", "sample_home"]
RUN, DAY = "20261130_000000_aaaaaa", datetime.date(2026, 11, 21)


def attach(build: Build, home: Home) -> None:
    """The inputs as a run has them; history is that of the last one."""
    settings = load_settings(home.root)
    lake = land(home.landing, home.lake, read_plan(settings), lambda _: None)
    bins = quantile_bins(build, lake.parquet, settings, DAY, RUN)
    build.attach_inputs(lake.parquet, settings_tables(settings, DAY, RUN, bins), lake.tables)


def rows_of(build: Build, table: TableName) -> pa.Table:
    return build._connection.sql(f"select * from {table}").to_arrow_table()


@pytest.mark.slow
def test_every_table_is_the_same(needs_spark: None, first_run: State, tmp_path: Path) -> None:
    home, graph = Home(shutil.copytree(first_run.home.root, tmp_path / "home", symlinks=True)), load_models(SQL)
    types, differing = column_types(graph), []
    with open_build(home.root, RUN) as build, spark_session(tmp_path) as spark:
        attach(build, home)
        for name in INPUTS:
            put_table(spark, name, rows_of(build, name))
        for model in graph.in_order():
            build.build(model)
            wanted = rows_of(build, model.name)
            try:
                found = answer(spark, transpile(model, "spark", types, view_name))
                told = difference(wanted, found)
            except Exception as error:
                told, found = str(error).strip().splitlines()[0][:300], wanted
            if told:
                differing.append(f"{model.name}: {told}")
            # What differs is told once, not by every table that reads it.
            put_table(spark, model.name, wanted if told else found)
    assert not differing, f"{len(differing)} of {len(graph)} tables differ:\n" + "\n".join(differing)
