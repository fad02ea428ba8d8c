"""Files read by workers elsewhere: the same lake byte for byte, and whatever a worker cannot read is read here."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from landing_folder import ACCOUNTS, Landing

from icp_pipeline.errors import SparkError
from icp_pipeline.sources import read_file
from icp_pipeline.sources.declared.plan import ReadPlan
from icp_pipeline.sources.lake import HeldFiles, LakeState, land
from icp_pipeline.sources.read_file import OnWorkers
from icp_pipeline.sources.store import Store

_FILES = {
    "salesforce/Account.csv": ACCOUNTS,
    "usage/t.csv": 'id,event,timestamp,user_id\n1,"a\nb",2026-01-01T00:00:00Z,u\n2,x,never,ü\n'
    "3,x,2026-01-02T00:00:00Z,u\n",
    "usage/u.csv": "id,event,timestamp,user_id\n1,x,2026-01-01T00:00:00Z,u\n4,x,2026-01-01T00:00:00Z,u\n",
    "zendesk/t.csv": "Id,Created at\n1,2026-01-01\n2,31 February\n",
    "notes/readme.md": "nothing",
}


class Workers:
    """Workers in this process, which a test can make fail."""

    def __init__(self, change: Callable[[Any], Any] = lambda job: job, times: int = 1) -> None:
        self.change = change
        self.times = times
        self.read: list[str] = []

    def __call__(self, function: Callable[[Any], str], jobs: Sequence[Any]) -> list[str]:
        self.read += [job.found.name for job in jobs]
        return [[function(self.change(job)) for _ in range(self.times)][-1] for job in jobs]


@pytest.fixture
def files(landing: Landing) -> Landing:
    for name, content in _FILES.items():
        landing.put(name, content)
    return landing


def landed(landing: Landing, workers: OnWorkers, lake: str = "there") -> tuple[LakeState, list[str], Path]:
    said: list[str] = []
    place = landing.folder.parent / lake
    return land(landing.folder, place, ReadPlan(), said.append, workers), said, place


def entries(lake: Path) -> dict[str, bytes]:
    return {str(path.relative_to(lake)): path.read_bytes() for path in (lake / "files").rglob("*") if path.is_file()}


def test_the_lake_is_the_same_to_the_byte_with_lines_and_reasons(files: Landing) -> None:
    here = files.land().state
    workers = Workers()
    there, said, lake = landed(files, workers)
    assert here is not None and entries(lake) == entries(files.lake) and entries(lake)
    assert there.files == here.files and there.rejects.equals(here.rejects)
    assert there.rejects.column("line").to_pylist(), "what is rejected is told with its line"
    assert there.column_quality.equals(here.column_quality) and there.repeated_records.equals(here.repeated_records)
    assert "landing: 4 files read by Spark's workers" in said
    assert workers.read[0] == "usage/t.csv", "the largest is begun first"


def test_only_files_that_the_lake_has_not_got_are_read_there(files: Landing) -> None:
    landed(files, Workers())
    files.put("zendesk/t.csv", "Id,Created at\n1,2026-01-05\n")
    workers = Workers()
    state, _, _ = landed(files, workers)
    assert workers.read == ["zendesk/t.csv"]
    assert [file.path for file in state.files if file.parsed] == ["zendesk/t.csv"]
    again = Workers()
    _, said, _ = landed(files, again)
    assert not again.read and not [line for line in said if "workers" in line]


def test_a_file_that_is_held_there_is_held_as_here(files: Landing) -> None:
    files.put("zendesk/odd.csv", 'Id,Created at\n1,"2026-01-01\n')
    told = files.held()
    with pytest.raises(HeldFiles) as error:
        landed(files, Workers())
    assert str(error.value) == told and "zendesk/odd.csv" in told


def test_what_a_worker_cannot_open_is_read_here(files: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its user may not, its disk is full, or another task's entry came first; the run itself has no such problem."""
    here = files.land().state

    class Full(Store):
        def commit(self, *_: Any) -> dict[str, Any]:
            raise OSError(errno.ENOSPC, "No space left on device")

    def on_a_full_disk(function: Callable[[Any], str], jobs: Sequence[Any]) -> list[str]:
        with monkeypatch.context() as worker:
            worker.setattr(read_file, "Store", Full)
            return [function(job) for job in jobs]

    there, said, lake = landed(files, on_a_full_disk)
    finished = {name: content for name, content in entries(lake).items() if "/unfinished-" not in name}
    assert here is not None and there.files == here.files and finished == entries(files.lake)
    (line,) = [line for line in said if line.startswith("landing:")]
    assert line.endswith("; 4 read here: cannot be opened: No space left on device")


def test_what_changed_before_a_worker_came_to_it_is_held_as_here(files: Landing) -> None:
    """The worker sees a complete file at rest, but not the one whose time and size the run recorded."""
    path = files.folder / "zendesk" / "t.csv"

    def copied_on(job: Any) -> Any:
        if job.found.name == "zendesk/t.csv":
            path.write_text(f"{path.read_text()}3,2026-01-03\n")
        return job

    with pytest.raises(HeldFiles, match=r"zendesk/t\.csv: it changed while being read") as error:
        landed(files, Workers(copied_on))
    assert [file.path for file in error.value.state.files if file.status == "held"] == ["zendesk/t.csv"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda job: replace(job, found=replace(job.found, path=Path("/nowhere/t.csv"))), "a worker does not see "),
        (lambda job: replace(job, version="another"), "a worker has another release"),
        (lambda job: replace(job, lake=Path("/nowhere")), "a worker cannot write to /nowhere"),
    ],
)
def test_what_a_worker_cannot_read_is_read_here_and_said_in_a_line(
    files: Landing, change: Callable[[Any], Any], why: str
) -> None:
    here = files.land().state
    there, said, lake = landed(files, Workers(change))
    assert here is not None and there.files == here.files and entries(lake) == entries(files.lake)
    (line,) = [line for line in said if line.startswith("landing:")]
    assert line.startswith("landing: 0 files read by Spark's workers; 4 read here: ") and why in line


def test_a_lake_that_workers_have_for_themselves_counts_for_nothing(files: Landing) -> None:
    own = files.folder.parent / "own"
    (own / "files").mkdir(parents=True)
    there, said, lake = landed(files, Workers(lambda job: replace(job, lake=own)))
    assert entries(lake) == entries(own), "read again here"
    assert len(there.parquet["ticket"]) == 1 and there.parquet["ticket"][0].is_relative_to(lake)
    assert f"4 read here: workers wrote into another {lake}" in " ".join(said)


def test_without_workers_all_is_read_here_and_why_is_said(files: Landing) -> None:
    def lost(function: Callable[[Any], str], jobs: Sequence[Any]) -> list[str]:
        raise SparkError("Spark's workers could not read files: they have no icp-pipeline")

    here = files.land().state
    there, said, _ = landed(files, lost)
    assert here is not None and there.files == here.files
    assert [line for line in said if "landing:" in line] == [
        "landing: read here: Spark's workers could not read files: they have no icp-pipeline"
    ]


def test_a_task_that_runs_twice_leaves_one_entry(files: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a worker is thought lost: both read before either has finished."""
    monkeypatch.setattr(read_file, "Store", _Forgetful)
    files.land()
    there, _, lake = landed(files, Workers(times=2))
    assert entries(lake) == entries(files.lake)
    assert there.parquet.keys() >= {"ticket", "usage_daily"}


class _Forgetful(Store):
    """A worker that looks for an entry before another one has finished it."""

    asked = 0

    def load(self, key: str) -> dict[str, Any] | None:
        self.asked += 1
        return super().load(key) if self.asked > 1 else None


def test_only_the_one_that_lands_removes_what_others_left_unfinished(files: Landing) -> None:
    """Nothing that a lost worker left half-written counts; while others write, opening the lake removes nothing."""
    _, _, lake = landed(files, Workers())
    wanted = entries(lake)
    (at,) = [path.parent for path in (lake / "files").glob("*/ticket.parquet")]
    half = lake / "files" / f"unfinished-{at.name}-0"
    half.mkdir()
    shutil.copy(at / "ticket.parquet", half)
    shutil.rmtree(at)
    Store(lake)
    assert half.exists()
    landed(files, Workers())
    assert not half.exists() and entries(lake) == wanted
