"""One landed file -> its entry in the lake, on this machine or on another that sees the same folders.

Either way it is the same code and the same bytes. An entry appears by one rename, so a reader that is lost midway
leaves nothing that could be taken for complete, and if two read the same file, one result is kept.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from icp_pipeline.duck import Connection, connect
from icp_pipeline.errors import IcpError
from icp_pipeline.sources.declared.plan import ReadPlan
from icp_pipeline.sources.refusal import Held, Ignored
from icp_pipeline.sources.scan import Found
from icp_pipeline.sources.store import Store, reader_version
from icp_pipeline.sources.tasks import Task, tasks_for

# Calls a function once per job, elsewhere, and returns the results in order. Raises IcpError if it cannot.
OnWorkers = Callable[[Callable[[Any], str], Sequence[Any]], Sequence[str]]
# A file may be mapped more than once, by sources with different names.
TaskName = tuple[str, str]
# A worker has as many tasks as processors; each gets one of them.
_THREADS = 1


@dataclass(frozen=True)
class FileRead:
    """The result of reading a file: the key of a lake entry, or in `told` why there is none."""

    sha256: str = ""
    key: str = ""
    about: dict[str, Any] | None = None
    parsed: bool = False
    was_known: bool = False
    told: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Job:
    """What a worker has to know; the plan says how to read a file."""

    found: Found
    source: str
    landing: Path
    lake: Path
    plan: ReadPlan
    version: str


def name_of(task: Task) -> TaskName:
    """Its identity among all tasks."""
    return task.found.name, task.source


def read_file(task: Task, store: Store, con: Connection) -> FileRead:
    """Read a file, unless the lake already has it."""
    sha256, was_known = "", store.knows(task.found)
    try:
        sha256 = store.content_hash(task.found)
        key = store.key(sha256, task.found.name, task.way())
        about = store.load(key)
        if about is not None:
            if not was_known:
                _refuse_changed(task.found)
            return FileRead(sha256, key, about)
        return FileRead(sha256, key, _parse(task, sha256, store, key, con), parsed=True, was_known=was_known)
    except Ignored as ignored:
        told = {"status": "ignored", "reason": str(ignored), "account_columns": ignored.account_columns}
        return FileRead(sha256, told=told)
    except Held as held:
        return FileRead(sha256, told={"status": "held", "reason": str(held)})
    except OSError as error:
        return FileRead(sha256, told={"status": "held", "reason": f"cannot be opened: {error.strerror}"})


def _parse(task: Task, sha256: str, store: Store, key: str, con: Connection) -> dict[str, Any]:
    folder = store.begin(key)
    reading = task.read(con, folder)
    _refuse_changed(task.found)
    about = {
        "path": task.found.name,
        "sha256": sha256,
        "source": task.source,
        "table_name": task.table_of(reading),
        "rows_read": reading.rows_read,
        "rows_loaded": reading.rows_loaded,
        "rows_rejected": reading.rows_rejected,
        "rows_left_out": reading.rows_left_out,
        "missing": list(reading.missing),
        "taken_for": reading.taken_for or None,
        "columns": reading.quality,
    }
    return store.commit(key, folder, reading, about)


def _refuse_changed(found: Found) -> None:
    if not found.unchanged():
        raise Held("it changed while being read: wait until it is fully copied, then run again")


def read_on_workers(
    tasks: Sequence[Task],
    landing: Path,
    plan: ReadPlan,
    store: Store,
    workers: OnWorkers,
    tell: Callable[[str], None],
) -> Mapping[TaskName, FileRead]:
    """Have workers read the files that the lake does not have, largest first; returns what they read, by task.

    Whatever a worker does not see, cannot open, or cannot read as this release does, is left out and reported in one
    line. So are files it would block or ignore: reading them here shows whether file or worker is at fault.
    """
    waiting = [task for task in tasks if not (task.found.refusal or task.ignored or _is_there(task, store))]
    waiting.sort(key=lambda task: -task.found.size)
    if not waiting:
        return {}
    version = reader_version()
    places = landing.resolve(), store.root.resolve()
    found = [replace(task.found, path=task.found.path.resolve()) for task in waiting]
    jobs = [_Job(file, task.source, *places, plan, version) for file, task in zip(found, waiting, strict=True)]
    try:
        answers = [json.loads(answer) for answer in workers(read_job, jobs)]
    except IcpError as error:
        tell(f"landing: read here: {error}")
        return {}
    read, reasons = {}, []
    for task, answer in zip(waiting, answers, strict=True):
        if "not_read" in answer:
            reasons.append(answer["not_read"])
        elif (outcome := FileRead(**answer)).about is None:
            reasons.append(outcome.told["reason"])
        elif store.load(outcome.key) is None:
            reasons.append(f"workers wrote into another {store.root}")
        elif not _is_unchanged(task.found):
            reasons.append(f"{task.found.name} changed while it was read")
        else:
            read[name_of(task)] = replace(outcome, was_known=store.knows(task.found))
    for task in waiting:
        if name_of(task) in read:
            store.note(task.found, read[name_of(task)].sha256)
    here = f"; {len(reasons):,} read here: {reasons[0]}" if reasons else ""
    tell(f"landing: {len(read):,} file{'' if len(read) == 1 else 's'} read by Spark's workers{here}")
    return read


def _is_unchanged(found: Found) -> bool:
    """As it was scanned here: a worker only knows how it saw the file at its turn."""
    try:
        return found.unchanged()
    except OSError:
        return False


def _is_there(task: Task, store: Store) -> bool:
    if not store.knows(task.found):
        return False
    try:
        return store.load(store.key(store.content_hash(task.found), task.found.name, task.way())) is not None
    except (Ignored, Held, OSError):
        return True  # reported as always


def read_job(asked: _Job) -> str:
    """On a worker: read a file into the shared lake; returns the result."""
    problem = _cannot_read(asked)
    if problem:
        return json.dumps({"not_read": problem})
    found = asked.found.as_seen_here()
    task = next(task for task in tasks_for([found], asked.plan) if task.source == asked.source)
    with (
        tempfile.TemporaryDirectory(prefix="icp_landing_") as spill,
        connect(temp_directory=Path(spill), threads=_THREADS, allowed=[asked.landing, asked.lake]) as con,
    ):
        return json.dumps(asdict(read_file(task, Store(asked.lake), con)))


def _cannot_read(asked: _Job) -> str | None:
    if not asked.found.path.is_file():
        return f"a worker does not see {asked.landing}"
    if not os.access(asked.lake / "files", os.W_OK):
        return f"a worker cannot write to {asked.lake}"
    if reader_version() != asked.version:
        return "a worker has another release of icp-pipeline, or of what it reads with"
    return None
