"""Analysts' DuckDB may be one major version behind: 1.5 opens published files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from icp_pipeline.warehouse.publish import live_path

QUERY = """
import sys, duckdb
assert duckdb.__version__.startswith("1.5."), duckdb.__version__
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    print(connection.execute("select sum(number) from core.facts").fetchone()[0])
    print(connection.execute("select count(*) from history.runs").fetchone()[0])
"""


def test_the_file_is_written_for_older_readers(publish_run: Callable[..., Path]) -> None:
    path = publish_run("r1", number=4)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as published (read_only)")
        found = connection.execute("select tags from duckdb_databases() where database_name = 'published'").fetchone()
    assert found is not None
    assert "v1.5" in str(found[0])


@pytest.mark.slow
def test_duckdb_1_5_reads_it(home: Path, publish_run: Callable[..., Path], tmp_path: Path) -> None:
    publish_run("r1", number=4)
    client = tmp_path / "client"
    subprocess.run([sys.executable, "-m", "venv", str(client)], check=True)
    install = [str(client / "bin" / "python"), "-m", "pip", "install", "--quiet", "duckdb>=1.5,<1.6"]
    if subprocess.run(install, check=False).returncode:
        pytest.skip("no package index within reach to install the older DuckDB from")
    command = [str(client / "bin" / "python"), "-c", QUERY, str(live_path(home))]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() == ["40", "1"]
