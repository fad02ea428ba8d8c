"""Copies of a home often lose links, follow them, or leave out small files: the live version is found anyway."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from icp_pipeline.errors import PublishError
from icp_pipeline.warehouse.mending import link_trouble, mend
from icp_pipeline.warehouse.paths import shared_path, versions_dir
from icp_pipeline.warehouse.publish import live_path, live_run, rollback, versions
from icp_pipeline.warehouse.versions import live_version_file, newest

PublishRun = Callable[..., Path]


def followed(home: Path) -> None:
    """scp, zip, docker cp, aws s3 sync."""
    content = live_path(home).read_bytes()
    live_path(home).unlink()
    live_path(home).write_bytes(content)


def dropped(home: Path) -> None:
    """rsync without -l, many backup tools."""
    live_path(home).unlink()


def as_text(home: Path) -> None:
    """Unzipped, or checked out of git, where there are no links."""
    text = str(live_path(home).readlink())
    live_path(home).unlink()
    live_path(home).write_text(text, encoding="utf-8")


def munged(home: Path) -> None:
    """As an rsync daemon with munged links leaves it."""
    pointed_at(home, f"/rsyncd-munged/{live_path(home).readlink()}")


def to_another_home(home: Path) -> None:
    """An absolute link: it leads to the other home's file, not to this one's."""
    there = home.parent / "another"
    shutil.copytree(home / "warehouse", there, symlinks=True)
    pointed_at(home, str(there / live_path(home).readlink()))


def made_a_folder(home: Path) -> None:
    """As some tools unpack a link that they do not know."""
    live_path(home).unlink()
    live_path(home).mkdir()


def pointed_at(home: Path, target: str) -> None:
    live_path(home).unlink()
    live_path(home).symlink_to(target)


@pytest.mark.parametrize("copied", [followed, dropped, as_text, munged, to_another_home, made_a_folder])
@pytest.mark.parametrize("shown", ["r1", "r2"])
def test_the_version_that_was_live_is_live_after_a_copy(
    copied: Callable[[Path], None], shown: str, home: Path, publish_run: PublishRun
) -> None:
    publish_run("r1", number=1)
    publish_run("r2", number=2)
    rollback(home, shown)
    copied(home)
    assert live_run(home) == shown
    trouble = link_trouble(home)
    assert trouble is not None and f"reading icp_{shown}.duckdb, the last live version" in trouble
    assert "icp.duckdb" in mend(home)[0]
    assert str(live_path(home).readlink()) == f"versions/icp_{shown}.duckdb"
    assert [(item.run_id, item.is_live) for item in versions(home)] == [("r2", shown == "r2"), ("r1", shown == "r1")]
    assert link_trouble(home) is None and mend(home) == []


def test_without_any_sign_the_newest_version_is_live(home: Path, publish_run: PublishRun) -> None:
    """A home of a release that did not keep the live version under a second name."""
    publish_run("r1", number=1)
    publish_run("r2", number=2)
    dropped(home)
    shared_path(home).unlink()
    assert live_run(home) == "r2"


def test_a_version_that_was_never_live_does_not_become_it(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1", number=1)
    publish_run("r2", number=2)
    # As a kill before the link moved leaves it.
    (versions_dir(home) / "icp_r2.json").rename(versions_dir(home) / "icp_r2.json.pending")
    rollback(home, "r1")
    dropped(home)
    assert live_run(home) == "r1"


def test_a_file_in_the_place_of_the_link_that_is_no_version_is_kept(home: Path, publish_run: PublishRun) -> None:
    """Such as a file that was half copied."""
    publish_run("r1", number=1)
    content = live_path(home).read_bytes()[:-4096]
    dropped(home)
    live_path(home).write_bytes(content)
    mend(home)
    assert live_run(home) == "r1"
    assert live_path(home).with_name("icp.duckdb.set-aside").read_bytes() == content


def test_a_database_without_any_version_is_refused(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1", number=1)
    followed(home)
    shutil.rmtree(versions_dir(home))
    with pytest.raises(PublishError, match="holds no version: copy that folder too"):
        mend(home)


def test_notes_that_were_not_copied_are_written_again(home: Path, publish_run: PublishRun) -> None:
    """Without them a version did not count, and its history was lost silently."""
    for number in (1, 2, 3):
        publish_run(f"r{number}", number=number)
    before = versions(home)
    for note in versions_dir(home).glob("*.json"):
        note.unlink()
    assert len(mend(home)) == 3
    found = versions(home)
    assert [(item.run_id, item.sequence, item.sha256, item.size) for item in found] == [
        (item.run_id, item.sequence, item.sha256, item.size) for item in before
    ]


def test_a_version_that_cannot_say_what_it_is_is_refused(home: Path, publish_run: PublishRun) -> None:
    path = publish_run("r1", number=1)
    path.with_suffix(".json").unlink()
    path.chmod(0o644)
    path.write_bytes(b"no database")
    with pytest.raises(PublishError, match=r"has no \.json beside it"):
        mend(home)


def test_the_live_version_has_a_name_that_stays(home: Path, publish_run: PublishRun) -> None:
    """DuckDB names the database after its file, and saved queries use that name."""
    for number in (1, 2, 3):
        path = publish_run(f"r{number}", number=number)
        with duckdb.connect(str(shared_path(home)), read_only=True) as reader:
            assert reader.execute("select database_name from duckdb_databases() where not internal").fetchall() == [
                ("live",)
            ]
            assert reader.execute("select max(number) from live.core.facts").fetchall() == [(number,)]
        assert shared_path(home).samefile(path)
    rollback(home, "r1")
    assert shared_path(home).samefile(live_version_file(home) or "")


def test_a_reader_of_the_name_that_stays_keeps_what_it_opened(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1", number=1)
    with duckdb.connect(str(shared_path(home)), read_only=True) as reader:
        publish_run("r2", number=2)
        assert reader.execute("select max(number) from core.facts").fetchall() == [(1,)]
    with duckdb.connect(str(shared_path(home)), read_only=True) as reader:
        assert reader.execute("select max(number) from core.facts").fetchall() == [(2,)]


def test_what_a_client_left_beside_the_name_that_stays_does_not_reach_the_next(
    home: Path, publish_run: PublishRun
) -> None:
    publish_run("r1", number=1)
    shared_path(home).with_name("live.duckdb.wal").write_bytes(b"left behind by a killed client")
    publish_run("r2", number=2)
    with duckdb.connect(str(shared_path(home)), read_only=True) as reader:
        assert reader.execute("select max(number) from core.facts").fetchall() == [(2,)]


def test_without_hard_links_the_name_that_stays_is_a_copy(
    home: Path, publish_run: PublishRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError("no hard links here")

    monkeypatch.setattr("icp_pipeline.warehouse.versions.os.link", refused)
    publish_run("r1", number=1)
    path = publish_run("r2", number=2)
    assert shared_path(home).read_bytes() == path.read_bytes()
    assert not os.access(shared_path(home), os.W_OK) or os.geteuid() == 0
    assert newest(home) is not None
    inode = shared_path(home).stat().st_ino
    assert mend(home) == []
    assert shared_path(home).stat().st_ino == inode, "an equal copy is not made again"
