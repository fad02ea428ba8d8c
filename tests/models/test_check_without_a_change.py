"""`icp check` checks `sql/` again only if something has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from icp_pipeline.models import check, graph
from icp_pipeline.run.check_sql import check_sql

CLEAN = "-- One row.\nselect\n    -- A day. #not_null\n    runs.as_of\nfrom settings.run as runs"


@pytest.fixture
def sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(check, "unread_kinds", lambda _: [])
    path = tmp_path / "sql" / "staging" / "days.sql"
    path.parent.mkdir(parents=True)
    path.write_text(CLEAN, encoding="utf-8")
    return path


@pytest.fixture
def messages(sql: Path, tmp_path: Path) -> Callable[[], list[str]]:
    return lambda: [finding.message for finding in check_sql(sql.parents[1], tmp_path / "kept.json").findings]


def test_nothing_is_parsed_again_and_the_counts_are_the_same(
    sql: Path, messages: Callable[[], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert messages() == []
    monkeypatch.delattr(graph, "read_models")
    checked = check_sql(sql.parents[1], tmp_path / "kept.json")
    assert (checked.models, checked.columns, checked.tags, checked.findings) == (1, 1, 1, ())


def test_a_mistake_is_found_each_time_until_it_is_mended(sql: Path, messages: Callable[[], list[str]]) -> None:
    assert messages() == []
    sql.write_text(CLEAN.replace("runs.as_of", "runs.no_such_column as as_of"), encoding="utf-8")
    assert "no_such_column" in messages()[0] and "no_such_column" in messages()[0]
    sql.write_text(CLEAN, encoding="utf-8")
    assert messages() == []
