"""On every connection that the product opens, SQL reaches only the folders it was given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from icp_pipeline import duck
from icp_pipeline.home import PROJECT

ROOMS = ("memory", "a new file", "read only", "a folder allowed", "a second cursor")


@contextmanager
def opened(room: str, folder: Path) -> Iterator[duck.Connection]:
    inside = folder / "inside"
    inside.mkdir(exist_ok=True)
    file = folder / "own.duckdb"
    if room == "read only":
        with duck.connect(file) as connection:
            connection.execute("create table t as select 1 as x")
        with duck.connect(file, read_only=True) as connection:
            yield connection
    elif room == "a second cursor":
        with duck.connect(allowed=[inside]) as connection, duck.beside(connection) as other:
            yield other
    elif room == "a folder allowed":
        with duck.connect(file, temp_directory=folder / "spill", allowed=[inside]) as connection:
            yield connection
    else:
        with duck.connect(None if room == "memory" else file, temp_directory=folder / "spill") as connection:
            yield connection


REFUSED = {
    "a file": "select * from read_csv('{outside}/secret.csv')",
    "a file by its name alone": "select * from '{outside}/secret.csv'",
    "a file as text": "select * from read_text('{outside}/secret.csv')",
    "a list of files": "select * from glob('{outside}/*')",
    "a way round": "select * from read_csv('{inside}/../outside/secret.csv')",
    "a link": "select * from read_csv('{inside}/link.csv')",
    "a neighbour of like name": "select * from read_csv('{inside}_too/secret.csv')",
    "a file to write": "copy (select 1) to '{outside}/written.csv'",
    "another database": "attach '{outside}/other.duckdb' as other",
    "a copy of the database": "export database '{outside}/dump'",
    "an extension to fetch": "install httpfs",
    "an extension to load": "load httpfs",
    "an extension of strangers": "install quack from community",
    "the network": "select * from read_csv('https://example.com/x.csv')",
    "the settings": "set enable_external_access = true",
    "the folders": "set allowed_directories = ['/']",
    "the memory": "set memory_limit = '100GB'",
    "a variable of the program": "select * from frame",
    "the environment": "select getenv('HOME')",
    "a secret": "create secret s (type s3, key_id 'x', secret 'y')",
}


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("what", REFUSED)
def test_what_lies_outside_is_refused(what: str, room: str, tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    for folder in (outside, inside, tmp_path / "inside_too"):
        folder.mkdir()
        (folder / "secret.csv").write_text("a\nvery secret\n")
    (inside / "link.csv").symlink_to(outside / "secret.csv")
    frame = pd.DataFrame({"a": ["very secret"]})
    assert len(frame) == 1
    with opened(room, tmp_path) as connection, pytest.raises(duck.DuckError) as refused:
        connection.execute(REFUSED[what].format(outside=outside, inside=inside)).fetchall()
    assert "very secret" not in str(refused.value)
    assert sorted(path.name for path in outside.iterdir()) == ["secret.csv"]


def test_what_a_run_needs_still_works(tmp_path: Path) -> None:
    """Spilling to disk, the allowed folder, tables next to the file's own, frames that were passed in."""
    inside = tmp_path / "inside"
    inside.mkdir()
    with duck.connect(
        tmp_path / "own.duckdb", memory_limit="60MB", temp_directory=tmp_path / "spill", allowed=[inside]
    ) as con:
        con.execute("create table big as select hash(range) as h from range(2000000) order by h")
        con.execute(f"copy (select 1 as x) to '{inside}/x.parquet'")
        assert con.execute(f"select x from '{inside}/x.parquet'").fetchone() == (1,)
        con.execute("attach ':memory:' as lake")
        con.register("arriving", pd.DataFrame({"a": [7]}))
        con.execute("create table lake.t as select * from arriving")
        assert con.execute("select a from lake.t").fetchone() == (7,)
        assert con.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)


def test_nothing_else_opens_duckdb() -> None:
    """Any other way to open DuckDB would bypass the lock."""
    doors = []
    for path in sorted((PROJECT / "icp_pipeline").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_call and isinstance(node.func.value, ast.Name) and node.func.value.id == "duckdb":
                doors.append((path.name, node.func.attr))
    assert doors == [("duck.py", "connect")]
