"""Every query names tables that the warehouse has; what an older file lacks is left out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.report import frame_queries

QUERIES = sorted((Path(frame_queries.__file__).parent / "queries").glob("*.sql"))


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_each_query_reads_tables_that_exist(path: Path, sql_dir: Path) -> None:
    known = {str(name) for name in INPUTS} | {f"{model.parent.name}.{model.stem}" for model in sql_dir.glob("*/*.sql")}
    wanted = frame_queries.needed(path.read_text())
    assert wanted and wanted <= known


def test_a_query_whose_table_is_missing_is_not_run() -> None:
    asked: list[str] = []

    def query(sql: str) -> pd.DataFrame:
        asked.append(sql)
        return pd.DataFrame({"name": ["quality.warnings"]})

    assert list(frame_queries.read(query)) == ["warnings"]
    assert len(asked) == 2
