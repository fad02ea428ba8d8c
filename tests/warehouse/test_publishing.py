"""Publishing while readers read, rolling back, keeping the newest, and what may not be published."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from small_runs import record_run

from icp_pipeline.disk import sync
from icp_pipeline.errors import PublishError
from icp_pipeline.warehouse.build import open_build
from icp_pipeline.warehouse.paths import versions_dir, work_file
from icp_pipeline.warehouse.publish import live_path, live_run, publish, rollback, versions
from icp_pipeline.warehouse.versions import drop_old

PublishRun = Callable[..., Path]

READER = """
import sys, duckdb
reads = 0
while True:
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        low, high, rows, run = connection.execute(
            "select min(number), max(number), count(*), (select count(*) from history.runs) from core.facts").fetchone()
    assert low == high and rows == 2000 and run == high, (low, high, rows, run)
    reads += 1
    print(reads, flush=True)
"""


def live_number(home: Path) -> int:
    with duckdb.connect(str(live_path(home)), read_only=True) as reader:
        return reader.execute("select max(number) from core.facts").fetchall()[0][0]


def test_the_live_file_is_a_read_only_version_behind_a_link(home: Path, publish_run: PublishRun) -> None:
    path = publish_run("r1", number=3)
    assert live_path(home).resolve() == path.resolve()
    assert str(live_path(home).readlink()) == "versions/icp_r1.duckdb", "relative, so that the home can be moved"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert live_number(home) == 3
    assert live_run(home) == "r1"
    names = sorted(file.name for file in versions_dir(home).iterdir())
    assert names == ["icp_r1.duckdb", "icp_r1.json"], "no .wal, nothing pending"


def test_a_version_and_its_note_can_be_read_under_any_umask(home: Path, publish_run: PublishRun) -> None:
    """Who gets there is for the folder around them, which the first run makes and no later one changes."""
    before = os.umask(0o077)
    try:
        first = publish_run("r1")
        assert versions_dir(home).stat().st_mode & 0o777 == 0o700
        versions_dir(home).chmod(0o750)
        second = publish_run("r2")
    finally:
        os.umask(before)
    assert versions_dir(home).stat().st_mode & 0o777 == 0o750
    for path in (first, second):
        assert path.stat().st_mode & 0o777 == 0o444
        assert path.with_suffix(".json").stat().st_mode & 0o777 == 0o644


def test_a_version_is_forced_to_disk_before_it_is_live(
    home: Path, publish_run: PublishRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[tuple[Path, str | None]] = []

    def noted(path: Path) -> None:
        forced.append((path, live_run(home)))
        sync(path)

    monkeypatch.setattr("icp_pipeline.warehouse.publish.sync", noted)
    publish_run("r1", number=1)
    # DuckDB was told to leave it to us.
    assert (work_file(home, "r1"), None) in forced


def test_readers_never_see_a_torn_or_missing_version(home: Path, publish_run: PublishRun) -> None:
    publish_run("r0", number=1, rows=2000)
    command = [sys.executable, "-c", READER, str(live_path(home))]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline().strip() == "1"
        for number in range(2, 14):
            publish_run(f"r{number}", number=number, rows=2000, keep=2)
        time.sleep(0.3)
        assert [reader.poll() for reader in readers] == [None] * 3, [
            reader.communicate()[1] for reader in readers if reader.poll() is not None
        ]
    finally:
        for reader in readers:
            reader.kill()
    counts = [int(reader.communicate()[0].split()[-1]) for reader in readers]
    assert min(counts) >= 5


def test_an_open_reader_does_not_hold_up_publication_and_keeps_its_data(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1", number=1)
    with duckdb.connect(str(live_path(home).resolve()), read_only=True) as reader:
        publish_run("r2", number=2)
        assert reader.execute("select max(number) from core.facts").fetchall() == [(1,)]
    assert live_number(home) == 2


def test_a_process_that_resolves_the_link_sees_the_new_version(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1", number=1)
    held = duckdb.connect(str(live_path(home).resolve()), read_only=True)
    publish_run("r2", number=2)
    with duckdb.connect(str(live_path(home).resolve()), read_only=True) as fresh:
        assert fresh.execute("select max(number) from core.facts").fetchall() == [(2,)]
    held.close()


def test_a_wal_left_beside_an_old_version_does_not_reach_the_next(home: Path, publish_run: PublishRun) -> None:
    first = publish_run("r1", number=1)
    first.with_name(first.name + ".wal").write_bytes(b"left behind by a killed client")
    publish_run("r2", number=2)
    assert live_number(home) == 2


def test_rollback_and_forward_again(home: Path, publish_run: PublishRun) -> None:
    for number in (1, 2, 3):
        publish_run(f"r{number}", number=number)
    rollback(home, "r1")
    assert live_number(home) == 1
    assert [(version.run_id, version.is_live) for version in versions(home)] == [
        ("r3", False),
        ("r2", False),
        ("r1", True),
    ]
    rollback(home, "r3")
    assert live_number(home) == 3


def test_rollback_to_an_unknown_version_says_which_there_are(home: Path, publish_run: PublishRun) -> None:
    publish_run("20261121_a")
    with pytest.raises(PublishError, match=r"Did you mean '20261121_a'\? Published: 20261121_a"):
        rollback(home, "20261121_b")


def test_rollback_to_a_damaged_version_is_refused(home: Path, publish_run: PublishRun) -> None:
    path = publish_run("r1", number=1)
    publish_run("r2", number=2)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(content))
    with pytest.raises(PublishError, match="is damaged"):
        rollback(home, "r1")
    assert live_number(home) == 2


def test_only_the_newest_versions_are_kept_and_always_the_live_one(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1", number=1)
    publish_run("r2", number=2)
    publish_run("r3", number=3, keep=2)
    assert [version.run_id for version in versions(home)] == ["r3", "r2"]
    rollback(home, "r2")
    with open_build(home, "r4") as build:
        record_run(build, "r4")
    assert [version.run_id for version in versions(home)] == ["r3", "r2"], "an unpublished run is no version"
    publish_run("r5", number=5, keep=1)
    assert [(version.run_id, version.is_live) for version in versions(home)] == [("r5", True)]
    assert len(list(versions_dir(home).iterdir())) == 2


def test_the_live_version_is_kept_however_old(home: Path, publish_run: PublishRun) -> None:
    for number in (1, 2, 3):
        publish_run(f"r{number}", number=number)
    rollback(home, "r1")
    dropped = drop_old(home, keep=1)
    assert [path.name for path in dropped] == ["icp_r2.duckdb"]
    assert live_number(home) == 1


def test_the_newest_is_the_last_published_whatever_its_name(home: Path, publish_run: PublishRun) -> None:
    publish_run("z")
    publish_run("a")
    assert [version.run_id for version in versions(home)] == ["a", "z"]


def test_a_file_that_does_not_know_its_run_is_not_published(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1", number=1)
    with open_build(home, "r2") as build:
        build.close()
        with pytest.raises(PublishError, match="does not hold its own run r2"):
            publish(home, "r2")
    assert live_number(home) == 1


def test_a_file_that_is_not_closed_is_not_published(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1", number=1)
    with open_build(home, "r2") as build:
        record_run(build, "r2")
        with pytest.raises(PublishError, match="not closed properly"):
            publish(home, "r2")
    assert live_number(home) == 1


def test_a_damaged_work_file_is_not_published(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1", number=1)
    work_file(home, "r2").write_bytes(b"not a database")
    with pytest.raises(PublishError, match="cannot be opened for reading"):
        publish(home, "r2")
    assert live_number(home) == 1


def test_a_run_is_published_once(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1", number=1)
    with pytest.raises(PublishError, match="already published"):
        publish_run("r1", number=2)
    assert live_number(home) == 1


def test_a_real_file_in_place_of_the_link_is_not_overwritten(home: Path, publish_run: PublishRun) -> None:
    live_path(home).parent.mkdir(parents=True)
    live_path(home).write_bytes(b"somebody's own")
    with pytest.raises(PublishError, match="is a file, not a link"):
        publish_run("r1")
    assert live_path(home).read_bytes() == b"somebody's own"


@pytest.mark.parametrize("run_id", ["../up", "a/b", "", "a.b", "x y", "-a"])
def test_a_run_id_that_could_leave_the_folder_is_refused(run_id: str, home: Path) -> None:
    with pytest.raises(PublishError, match="is not a run id"):
        publish(home, run_id)
