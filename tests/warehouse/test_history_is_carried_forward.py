"""State that outlives a run comes from the newest publication, even after a rollback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from icp_pipeline.errors import PublishError
from icp_pipeline.names import TableName
from icp_pipeline.warehouse.build import open_build
from icp_pipeline.warehouse.publish import rollback
from icp_pipeline.warehouse.versions import next_sequence

PublishRun = Callable[..., Path]


def runs(home: Path, run_id: str, **options: bool) -> list[str]:
    with open_build(home, run_id, **options) as build:
        return build.frame("select run_id from history.runs order by run_id")["run_id"].tolist()


def test_a_first_run_has_empty_history(home: Path) -> None:
    assert runs(home, "r1") == []


def test_each_run_sees_all_before_it(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1")
    publish_run("r2")
    assert runs(home, "r3") == ["r1", "r2"]


@pytest.mark.parametrize("start_from_live", [False, True])
def test_a_rollback_forgets_nothing(start_from_live: bool, home: Path, publish_run: PublishRun) -> None:
    publish_run("r1")
    publish_run("r2")
    rollback(home, "r1")
    assert runs(home, "r3", start_from_live=start_from_live) == ["r1", "r2"]


def test_a_run_that_was_not_published_leaves_no_trace(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1")
    with open_build(home, "r2") as build:
        build.execute("insert into history.runs (run_id) values ('r2')")
    assert runs(home, "r3") == ["r1"]


@pytest.mark.parametrize("start_from_live", [False, True])
def test_an_older_version_without_some_columns_and_tables_is_carried(
    start_from_live: bool, home: Path, publish_run: PublishRun
) -> None:
    path = publish_run("r1")
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table history.crm_tags; alter table history.runs drop column kind")
        connection.execute("alter table history.runs add column dropped_later integer")
    with open_build(home, "r2", start_from_live=start_from_live) as build:
        found = build.frame("select run_id, kind, (select count(*) from history.crm_tags) as tags from history.runs")
    assert found.astype(object).where(found.notna(), None).to_dict("records") == [
        {"run_id": "r1", "kind": None, "tags": 0}
    ]


def test_a_column_of_another_type_is_declared_anew(home: Path, publish_run: PublishRun) -> None:
    path = publish_run("r1")
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute("alter table history.runs alter column accounts type varchar")
    with open_build(home, "r2", start_from_live=True) as build:
        assert build.column_types(TableName("history", "runs"))["accounts"] == "BIGINT"
        assert build.frame("select run_id from history.runs")["run_id"].tolist() == ["r1"]


def test_a_damaged_newest_version_is_an_error_that_says_what_to_do(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1")
    path = publish_run("r2")
    path.chmod(0o644)
    path.write_bytes(b"gone")
    with (
        pytest.raises(PublishError, match=r"icp_r2\.duckdb cannot be read .*move it and its \.json away"),
        open_build(home, "r3"),
    ):
        pass
    path.unlink()
    path.with_suffix(".json").unlink()
    assert runs(home, "r3") == ["r1"]


def test_runs_of_a_release_that_gave_them_no_number_are_numbered_as_they_were_published(
    home: Path, publish_run: PublishRun
) -> None:
    """By their position, not by their clock, which was ahead in the second."""
    for number in (1, 2, 3):
        path = publish_run(f"r{number}")
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update history.runs set started_at = timestamp '2026-11-01' + interval 1 day * 7")
        connection.execute("update history.runs set started_at = timestamp '2026-12-24' where run_id = 'r2'")
        connection.execute("alter table history.runs drop column sequence")
    with open_build(home, "r4", start_from_live=True) as build:
        found = build.frame("select run_id, sequence from history.runs order by sequence")
    assert found.to_dict("list") == {"run_id": ["r1", "r2", "r3"], "sequence": [1, 2, 3]}
    assert next_sequence(home) == 4
