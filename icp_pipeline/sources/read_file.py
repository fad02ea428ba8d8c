"""One landed file, or a part of a large one -> its entry in the lake, on this machine or on another that sees the same
folders.

Either way it is the same code and the same bytes. An entry appears by one rename, so a reader that is lost midway
leaves nothing that could be taken for complete, and if two read the same file, one result is kept.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from icp_pipeline.duck import Connection, connect
from icp_pipeline.errors import IcpError
from icp_pipeline.sources.declared.plan import ReadPlan
from icp_pipeline.sources.refusal import Held, Ignored
from icp_pipeline.sources.scan import Found
from icp_pipeline.sources.store import Store, reader_version
from icp_pipeline.sources.table.reading import Reading
from icp_pipeline.sources.tasks import Task, tasks_for
from icp_pipeline.sources.text.file_parts import FilePart, SplitRecord

# Calls a function once per job, elsewhere, and returns the results in order. Raises IcpError if it cannot.
OnWorkers = Callable[[Callable[[Any], str], Sequence[Any]], Sequence[str]]
# A file may be mapped more than once, by sources with different names, and read in parts.
TaskName = tuple[str, str, FilePart | None]
# A worker has as many tasks as processors; each gets one of them.
_THREADS = 1
# The status of a part that does not end where a record does.
NOT_SPLIT = "not split"


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
    part: FilePart | None
    # Of a file whose content is known: its parts are not worth reading all of it again.
    sha256: str | None
    landing: Path
    lake: Path
    plan: ReadPlan
    version: str


def name_of(task: Task) -> TaskName:
    """Its identity among all tasks."""
    return task.found.name, task.source, task.part


def key_of(task: Task, sha256: str, store: Store) -> str:
    """The name of its entry in the lake."""
    way = task.way()
    return store.key(sha256, task.found.name, [way, asdict(task.part)] if task.part else way)


def read_file(task: Task, store: Store, con: Connection) -> FileRead:
    """Read a file or a part of one, unless the lake already has it."""
    sha256, was_known = "", store.knows(task.found)
    try:
        sha256 = store.content_hash(task.found)
        key = key_of(task, sha256, store)
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
    except SplitRecord:
        reason = "a record goes on where one of its parts ends"
        return FileRead(sha256, told={"status": NOT_SPLIT, "reason": reason})
    except OSError as error:
        return FileRead(sha256, told={"status": "held", "reason": f"cannot be opened: {error.strerror}"})


def _parse(task: Task, sha256: str, store: Store, key: str, con: Connection) -> dict[str, Any]:
    folder = store.begin(key)
    reading = task.read(con, folder, task.part)
    _refuse_changed(task.found)
    return store.commit(key, folder, reading, about_file(task, sha256, reading))


def about_file(task: Task, sha256: str, reading: Reading) -> dict[str, Any]:
    """What an entry says about its file."""
    return {
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
    jobs = [
        _Job(
            replace(task.found, path=task.found.path.resolve()),
            task.source,
            task.part,
            store.content_hash(task.found) if task.part else None,
            *places,
            plan,
            version,
        )
        for task in waiting
    ]
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
    tell(f"landing: {_counted(read)} read by Spark's workers{here}")
    return read


def _counted(read: Collection[TaskName]) -> str:
    """How many files, and how many parts of large ones."""
    parts = [name for name in read if name[2]]
    files = len(read) - len(parts)
    of = len({name[:2] for name in parts})
    told = f"{files:,} file{'' if files == 1 else 's'}"
    return f"{told} and {len(parts):,} parts of {of:,} large file{'' if of == 1 else 's'}" if parts else told


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
        return store.load(key_of(task, store.content_hash(task.found), store)) is not None
    except (Ignored, Held, OSError):
        return True  # reported as always


def read_job(asked: _Job) -> str:
    """On a worker: read a file, or a part of one, into the shared lake; returns the result."""
    problem = _cannot_read(asked)
    if problem:
        return json.dumps({"not_read": problem})
    found = asked.found.as_seen_here()
    task = next(task for task in tasks_for([found], asked.plan) if task.source == asked.source)
    store = Store(asked.lake)
    if asked.sha256:
        store.note(found, asked.sha256)
    with (
        tempfile.TemporaryDirectory(prefix="icp_landing_") as spill,
        connect(temp_directory=Path(spill), threads=_THREADS, allowed=[asked.landing, asked.lake]) as con,
    ):
        return json.dumps(asdict(read_file(replace(task, part=asked.part), store, con)))


def _cannot_read(asked: _Job) -> str | None:
    if not asked.found.path.is_file():
        return f"a worker does not see {asked.landing}"
    if not os.access(asked.lake / "files", os.W_OK):
        return f"a worker cannot write to {asked.lake}"
    if reader_version() != asked.version:
        return "a worker has another release of icp-pipeline, or of what it reads with"
    return None
