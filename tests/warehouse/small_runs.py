"""The settings and the row about itself that a test run of the warehouse needs."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from icp_pipeline.catalog.inputs import inputs_of
from icp_pipeline.names import TableName
from icp_pipeline.warehouse.build import Build


def settings_tables(**rows: dict[str, list[Any]]) -> dict[str, pa.Table]:
    """All `settings` tables, empty except the given ones."""
    empty = {name.table: {column: [] for column in columns} for name, columns in inputs_of("settings").items()}
    return {table: pa.table(columns) for table, columns in (empty | rows).items()}


def record_run(build: Build, run_id: str) -> None:
    build.append(TableName("history", "runs"), pd.DataFrame({"run_id": [run_id]}))
