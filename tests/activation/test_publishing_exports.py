"""`exports/latest` changes in one step: a reader always finds one complete export."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from export_frames import RUN, Frames, write_exports

from icp_pipeline.activation.export_folders import complete_runs, flip_latest, latest_run, prune
from icp_pipeline.activation.manifest import read_manifest, verify
from icp_pipeline.activation.target import ExportRun
from icp_pipeline.errors import PublishError


@pytest.fixture
def home(tmp_path: Path, frames: Frames) -> Path:
    """A home with three exports, written one after the other."""
    for age, run_id in enumerate(("run-1", "run-2", "run-3")):
        write_exports(frames, tmp_path / "exports" / run_id, ExportRun(run_id, RUN.as_of))
        os.utime(tmp_path / "exports" / run_id / "manifest.json", (1000 + age, 1000 + age))
    return tmp_path


def names(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "exports").iterdir())


def test_latest_is_a_relative_link_to_the_run(home: Path) -> None:
    assert latest_run(home) is None
    flip_latest(home, "run-2")
    assert latest_run(home) == "run-2"
    assert (home / "exports" / "latest").readlink() == Path("run-2")
    assert names(home) == ["latest", "run-1", "run-2", "run-3"]


def test_readers_never_meet_a_gap(home: Path) -> None:
    flip_latest(home, "run-1")
    stop, seen, failures = threading.Event(), set(), []

    def read() -> None:
        while not stop.is_set():
            try:
                # Resolved once, as a reader should: the folder behind the link never changes.
                seen.add(verify((home / "exports" / "latest").resolve()).run_id)
            except (PublishError, OSError) as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for flip in range(120):
        flip_latest(home, f"run-{flip % 3 + 1}")
    stop.set()
    for reader in readers:
        reader.join()
    assert not failures
    assert len(seen) > 1


@pytest.mark.parametrize("run_id", ["run-9", "damaged"])
def test_an_export_that_is_not_whole_never_goes_live(home: Path, frames: Frames, run_id: str) -> None:
    write_exports(frames, home / "exports" / "damaged", RUN)
    (home / "exports" / "damaged" / "changes.csv").write_text("half")
    flip_latest(home, "run-1")
    with pytest.raises(PublishError):
        flip_latest(home, run_id)
    assert latest_run(home) == "run-1"


def test_a_folder_called_latest_is_not_overwritten(home: Path) -> None:
    (home / "exports" / "latest").mkdir()
    with pytest.raises(PublishError, match="expected a symlink"):
        flip_latest(home, "run-1")


def test_a_failing_flip_keeps_the_last_export(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flip_latest(home, "run-1")

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PublishError, match="the last export stays"):
        flip_latest(home, "run-2")
    assert latest_run(home) == "run-1"
    assert names(home) == ["latest", "run-1", "run-2", "run-3"]


def test_pruning_keeps_the_newest_and_the_live_one(home: Path) -> None:
    flip_latest(home, "run-1")
    (home / "exports" / ".run-4.partial").mkdir()
    (home / "exports" / ".latest.123").symlink_to("run-3")
    assert prune(home, keep=1) == ["run-2"]
    assert names(home) == ["latest", "run-1", "run-3"]
    assert complete_runs(home) == ["run-1", "run-3"]
    assert read_manifest(home / "exports" / "latest").run_id == "run-1"


def test_an_export_whose_run_was_never_published_does_not_push_out_others(home: Path) -> None:
    runs = complete_runs(home)
    removed = prune(home, keep=len(runs) - 1, published=set(runs[1:]))
    assert removed == ([runs[0]] if latest_run(home) != runs[0] else [])
    assert set(runs[1:]) <= set(complete_runs(home))


def test_the_export_of_every_kept_version_stays_whatever_the_age_of_its_folder(home: Path) -> None:
    """In a copied home, or after a clock that was ahead, folder times are not in the order of publication."""
    flip_latest(home, "run-3")
    assert prune(home, keep=2, published={"run-1", "run-3"}) == ["run-2"]
    assert complete_runs(home) == ["run-1", "run-3"]


def test_pruning_a_home_without_exports(tmp_path: Path) -> None:
    assert prune(tmp_path, keep=3) == []


def test_a_killed_prune_is_finished_by_the_next(home: Path) -> None:
    (home / "exports" / "run-1").rename(home / "exports" / ".run-1.partial")
    assert complete_runs(home) == ["run-2", "run-3"]
    prune(home, keep=5)
    assert names(home) == ["run-2", "run-3"]
