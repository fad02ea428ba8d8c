"""A version that cannot be read is told in the same words by every command and by a run, with what helps."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from icp_pipeline.errors import IcpError, PublishError
from icp_pipeline.home import Home
from icp_pipeline.terminal.live import live, opened, rows
from icp_pipeline.terminal.version_list import read_versions
from icp_pipeline.warehouse import unreadable
from icp_pipeline.warehouse.build import open_build
from icp_pipeline.warehouse.publish import rollback

PublishRun = Callable[..., Path]


def cut(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:3000])


def told_by_run(home: Path) -> str:
    with pytest.raises(PublishError) as caught, open_build(home, "next", start_from_live=False):
        pass
    return str(caught.value)


def test_of_a_damaged_newest_version_a_run_and_a_command_say_the_same(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1")
    publish_run("r2")
    newest = publish_run("r3")
    cut(newest)
    with pytest.raises(IcpError) as caught:
        read_versions(Home(home))
    assert str(caught.value) == told_by_run(home)
    assert str(caught.value).startswith(f"{newest} cannot be read (")
    assert "move it and its .json away" in str(caught.value) and "(r2, r1)" in str(caught.value)
    # Both ways that it names work.
    rollback(home, "r2")
    with live(Home(home)) as connection:
        assert rows(connection, "select max(number) as number from core.facts") == [{"number": 1}]
    newest.unlink()
    newest.with_suffix(".json").unlink()
    with open_build(home, "next") as build:
        assert build.frame("select run_id from history.runs order by sequence")["run_id"].tolist() == ["r1", "r2"]


def test_of_a_damaged_version_that_was_rolled_back_to_another_is_named(home: Path, publish_run: PublishRun) -> None:
    older = publish_run("r1")
    publish_run("r2")
    rollback(home, "r1")
    cut(older)
    with pytest.raises(IcpError) as caught, live(Home(home)):
        pass
    assert str(caught.value) == told_by_run(home)
    assert str(caught.value).endswith(": `icp rollback VERSION` goes back to another (r2).")


def test_a_version_of_another_release_is_not_called_damaged(home: Path, publish_run: PublishRun) -> None:
    path = publish_run("r1")
    told = r"this release of icp cannot read it .*`icp run` publishes a new version"
    with pytest.raises(IcpError, match=told), opened(path) as connection:
        rows(connection, "select * from icp.table_of_a_later_release")


def test_who_may_not_read_a_version_is_not_told_to_restore_it(
    home: Path, publish_run: PublishRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = publish_run("r1")
    monkeypatch.setattr(unreadable.os, "access", lambda path, mode: mode != os.R_OK)
    assert "you may not read it" in unreadable.damaged(path, Exception("Permission denied"))
