"""The inputs that models may read are the ones that the readers and the settings really fill."""

from __future__ import annotations

import datetime

from icp_pipeline.models.inputs import inputs_of
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import settings_tables
from icp_pipeline.sources.kinds import KINDS

PLACE = {"source_path", "source_line", "source_order"}


def test_lake_columns_are_those_the_readers_write() -> None:
    declared = {name.table: set(columns) - PLACE for name, columns in inputs_of("lake").items()}
    written = {kind: set(described.columns) - PLACE for kind, described in KINDS.items()}
    assert {kind: columns for kind, columns in declared.items() if kind not in ("file", "reject")} == {
        kind: columns for kind, columns in written.items() if kind not in ("file", "reject")
    }


def test_settings_columns_are_those_that_settings_make() -> None:
    declared = {name.table: set(columns) for name, columns in inputs_of("settings").items()}
    tables = settings_tables(Settings(), datetime.date(2026, 11, 21), "r1")
    assert {name: set(table.column_names) for name, table in tables.items()} == declared
