"""Bare DuckDB does the same work as the pipeline: it writes every exported table."""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench.bare import export
from icp_pipeline.activation.targets import TARGETS


def test_each_table_that_leaves_the_house_is_written_once(tmp_path: Path) -> None:
    models = {target.model for target in TARGETS}
    with duckdb.connect() as connection:
        for schema in {model.split(".")[0] for model in models}:
            connection.execute(f"create schema {schema}")
        for model in models:
            connection.execute(f"create table {model} as select '{model}' as written")
        export(connection, tmp_path / "out")
    written = {file.stem: file.read_text(encoding="utf-8") for file in (tmp_path / "out").iterdir()}
    assert written == {model: f'"written"\n"{model}"\n' for model in models}
