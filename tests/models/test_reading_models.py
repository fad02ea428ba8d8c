"""SQL text becomes a graph; and texts that must be rejected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from icp_pipeline.errors import ModelError
from icp_pipeline.models.graph import load_models, read_models
from icp_pipeline.names import TableName

Write = Callable[[str, str], Path]


def test_refused_with_file_line_and_reason(refused: str, folder: Path, write: Write) -> None:
    expected, _, sql = refused.partition("\n")
    write("core.model", sql)
    with pytest.raises(ModelError) as caught:
        load_models(folder)
    assert expected.removeprefix("-- expect: ") in str(caught.value)


def test_understood(understood: str, folder: Path, write: Write) -> None:
    lines = understood.splitlines()
    reads = lines[0].removeprefix("-- reads:").split()
    columns = [line for line in lines[1:] if line.startswith("-- ") and ":" in line]
    write("core.model", "\n".join(lines[1 + len(columns) :]))
    model = load_models(folder)[TableName("core", "model")]
    assert [str(name) for name in model.depends_on] == reads
    found = [f"-- {column.name}: {' '.join(map(str, column.tags))}".replace("#", "") for column in model.columns]
    assert [line.rstrip() for line in found] == [line.rstrip() for line in columns]
    assert model.description == "One row."
    assert model.columns[0].description == "A."


def test_duckdb_finds_the_same_tables(understood: str, folder: Path, write: Write) -> None:
    write("core.model", understood)
    model = load_models(folder)[TableName("core", "model")]
    with duckdb.connect() as connection:
        oracle = connection.get_table_names(model.sql, qualified=True)
    assert {str(name) for name in model.depends_on} == {name.replace('"', "") for name in oracle}


def simple(reads: str | None = None) -> str:
    return "-- One row.\nselect\n    -- A.\n    1 as a" + (f"\nfrom {reads}" if reads else "")


def test_build_order_follows_what_is_read_and_is_the_same_each_time(folder: Path, write: Write) -> None:
    write("core.a", simple("core.z"))
    write("core.z", simple("staging.y"))
    write("core.b", simple())
    write("staging.y", simple("lake.file"))
    write("icp.a", simple("core.a"))
    orders = [[str(model.name) for model in load_models(folder).in_order()] for _ in range(3)]
    assert orders[0] == ["staging.y", "core.z", "core.b", "core.a", "icp.a"]
    assert orders[0] == orders[1] == orders[2]


def test_models_that_read_each_other_are_refused(folder: Path, write: Write) -> None:
    write("core.a", simple("core.b"))
    write("core.b", simple("core.a"))
    with pytest.raises(ModelError, match=r"core/[ab]\.sql:1: models read each other: core\.\w -> core\.\w -> core\.\w"):
        load_models(folder)


@pytest.mark.parametrize("place", ["other.a", "core.Capital", "core.two words", "a"])
def test_a_file_whose_place_is_no_table_name_is_refused(place: str, folder: Path, write: Write) -> None:
    write(place, simple())
    with pytest.raises(ModelError, match=r":1: "):
        load_models(folder)


def test_a_broken_file_does_not_hide_the_others(folder: Path, write: Write) -> None:
    write("core.good", simple())
    write("core.bad", "select")
    graph, findings = read_models(folder)
    assert [str(model.name) for model in graph] == ["core.good"]
    assert len(findings) == 1
    assert findings[0].path.name == "bad.sql"


def test_a_column_without_words_means_what_the_catalog_says_of_its_name(folder: Path, write: Write) -> None:
    write("core.a", "-- One row.\nselect\n    -- #not_null\n    1 as account_id,\n    -- Who pays.\n    2 as icp_id")
    common, own = load_models(folder)[TableName("core", "a")].columns
    assert (common.description, [str(tag) for tag in common.tags]) == ("Account.", ["#not_null"])
    assert own.description == "Who pays."
