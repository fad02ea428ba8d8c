"""Cached models are not parsed again, and equal what parsing would give, whatever happened to the file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from icp_pipeline.errors import ModelError
from icp_pipeline.home import SQL
from icp_pipeline.models import model_cache
from icp_pipeline.models.graph import ModelGraph, load_models
from icp_pipeline.models.lineage import column_lineage
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName

Write = Callable[[str, str], Path]
A, B = TableName("core", "a"), TableName("core", "b")
_DAMAGED = {
    "cut short": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "no text": lambda data: b"\xff\xfe" + data,
    "a check taken out": lambda data: data.replace(b'"not_null"', b'"unique"'),
    "no JSON": lambda data: b"\n".join([*data.split(b"\n")[:2], b"{"]),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test caches its models."""
    return tmp_path / "cache" / "models.json"


@pytest.fixture
def models(write: Write) -> None:
    """Two models, one of which reads the other."""
    write("core.a", "-- One row.\nselect\n    -- Key. #not_null #between[0,5]!warn\n    1 as key")
    write("core.b", "-- One row.\nselect\n    -- Key.\n    a.key + 1 as more\nfrom core.a")


def as_in_a_new_process(folder: Path, file: Path) -> ModelGraph:
    model_cache._of_this_process.clear()
    return cached_models(folder, file)


def assert_equal(found: ModelGraph, parsed: ModelGraph) -> None:
    assert found.models == parsed.models
    for model in parsed:
        assert found.lineage(found[model.name]) == column_lineage(model, parsed.columns_of)
        assert found[model.name].expression == model.expression


def test_all_of_the_project_is_what_parsing_gives(file: Path) -> None:
    parsed = load_models(SQL)
    assert_equal(as_in_a_new_process(SQL, file), parsed)
    assert_equal(as_in_a_new_process(SQL, file), parsed)


def test_what_was_kept_needs_no_parser(folder: Path, file: Path, models: None) -> None:
    cached_models(folder, file)
    script = (
        "import sys; from pathlib import Path; from icp_pipeline.models.model_cache import cached_models\n"
        f"graph = cached_models(Path({str(folder)!r}), Path({str(file)!r}))\n"
        "assert [graph.lineage(model) for model in graph] and 'sqlglot' not in sys.modules, 'it was parsed'"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("damage", _DAMAGED.values(), ids=_DAMAGED)
def test_a_damaged_file_counts_as_none(
    damage: Callable[[bytes], bytes], folder: Path, file: Path, models: None
) -> None:
    cached_models(folder, file)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert file.read_bytes() != whole
    assert_equal(as_in_a_new_process(folder, file), load_models(folder))
    assert file.read_bytes() == whole


def test_a_change_is_seen_by_this_process_and_by_the_next(folder: Path, file: Path, write: Write, models: None) -> None:
    cached_models(folder, file)
    path = write("core.a", "-- One row.\nselect\n    -- Key.\n    2 as key")
    assert cached_models(folder, file)[A].columns[0].tags == ()
    write("core.c", "-- One row.\nselect\n    -- Key.\n    2 as key")
    assert len(cached_models(folder, file)) == 3
    path.with_name("c.sql").unlink()
    assert_equal(as_in_a_new_process(folder, file), load_models(folder))


def test_other_code_reads_the_models_itself(
    folder: Path, file: Path, models: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached_models(folder, file)
    written = file.read_text()
    (tmp_path / "models").mkdir()
    (tmp_path / "names.py").write_text("")
    monkeypatch.setattr(model_cache, "_CODE", tmp_path / "models")
    assert_equal(as_in_a_new_process(folder, file), load_models(folder))
    assert file.read_text().split("\n")[0] != written.split("\n")[0]


def test_a_place_that_cannot_be_written_costs_only_time(folder: Path, tmp_path: Path, models: None) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    assert_equal(as_in_a_new_process(folder, tmp_path / "taken" / "models.json"), load_models(folder))


def test_broken_models_are_told_each_time(folder: Path, file: Path, write: Write) -> None:
    write("core.a", "select")
    for _ in range(2):
        with pytest.raises(ModelError):
            cached_models(folder, file)
    assert not file.exists()
