"""A large file is read in parts, each a task of its own; what they give is put together as the file's lake entry.

The entry has everything that reading the whole file gives, with the same lines and reasons, except daily usage and the
hashes of events. These stay in the entries of the parts, and count like those of several files.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.duck import Connection
from icp_pipeline.sources.read_file import NOT_SPLIT, FileRead, about_file, key_of, name_of, read_file
from icp_pipeline.sources.refusal import Held, Ignored
from icp_pipeline.sources.store import Store
from icp_pipeline.sources.table.column_quality import quality_together
from icp_pipeline.sources.table.reading import Reading
from icp_pipeline.sources.tasks import Task
from icp_pipeline.sources.text.file_notes import FileNotes
from icp_pipeline.sources.text.file_parts import is_large
from icp_pipeline.sources.usage.daily_counts import DAILY, HASHES

_STAY = frozenset(Path(name).stem for name in (DAILY, HASHES))
_NOTE, _REJECT = "file_note", "reject"


def in_parts(task: Task, con: Connection, store: Store) -> list[Task]:
    """The parts of a large file that the lake does not have; the task itself if it is not to be split."""
    if not is_large(task.found.size) or task.found.refusal or task.ignored:
        return [task]
    try:
        if store.load(key_of(task, store.content_hash(task.found), store)) is not None:
            return [task]
        return [replace(task, part=part) for part in task.split()] or [task]
    except (Held, Ignored, OSError):
        return [task]  # reported when it is read


def put_together(
    pieces: Sequence[Task], reads: Iterable[FileRead], store: Store, con: Connection
) -> Iterator[tuple[Task, FileRead]]:
    """Each file, and what reading it gives, from what reading its parts gave; `pieces` are in file order."""
    for _, of_file in itertools.groupby(zip(pieces, reads, strict=True), key=lambda each: name_of(each[0])[:2]):
        (piece, read), *others = of_file
        task = replace(piece, part=None)
        yield task, _whole(task, [read, *(other for _, other in others)], store, con) if others else read


def _whole(task: Task, reads: Sequence[FileRead], store: Store, con: Connection) -> FileRead:
    """The file's entry.

    All parts before the first that cannot be read end with a record. So that one begins with a record too, and what is
    said about it is true of the file. If there is none, each begins and ends with whole records.
    """
    failed = next((read for read in reads if read.about is None), None)
    if failed:
        return read_file(task, store, con) if failed.told["status"] == NOT_SPLIT else failed
    sha256 = reads[0].sha256
    key = key_of(task, sha256, store)
    folder = store.begin(key)
    reading = _together(reads, store)
    about = about_file(task, sha256, reading) | {"parts": [read.key for read in reads]}
    about = store.commit(key, folder, reading, about)
    return FileRead(sha256, key, about, parsed=True, was_known=store.knows(task.found))


def part_folders(about: dict[str, object], folder: Path) -> list[Path]:
    """Where the daily usage of an entry is."""
    parts = about.get("parts")
    return [folder.with_name(str(key)) for key in parts] if isinstance(parts, list) else [folder]


def _together(reads: Sequence[FileRead], store: Store) -> Reading:
    abouts = [read.about or {} for read in reads]
    kinds = {kind for about in abouts for kind in about["tables"]} - _STAY - {_NOTE, _REJECT}
    notes = FileNotes()
    for row in _rows(_NOTE, reads, store).to_pylist():
        notes.count(row["code"], row["lines"], row["first_line"])
    tables = {kind: _rows(kind, reads, store) for kind in sorted(kinds)}
    if notes.found:
        tables[_NOTE] = notes.table(abouts[0]["path"])
    return Reading(
        tables,
        _rows(_REJECT, reads, store),
        sum(about["rows_read"] for about in abouts),
        sum(about["rows_rejected"] for about in abouts),
        rows_left_out=sum(about["rows_left_out"] for about in abouts),
        table=abouts[0]["table_name"],
        quality=quality_together([about["columns"] for about in abouts]),
        taken_for=abouts[0]["taken_for"] or "",
    )


def _rows(kind: str, reads: Sequence[FileRead], store: Store) -> pa.Table:
    """The rows of one kind in all parts, in file order."""
    schema = KINDS[kind].schema
    files = [store.entries / read.key / f"{kind}.parquet" for read in reads if kind in (read.about or {})["tables"]]
    return pa.concat_tables(
        [schema.empty_table(), *(pq.read_table(file, schema=schema) for file in files)]
    ).combine_chunks()
