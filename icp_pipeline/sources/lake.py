"""Landing folder -> lake: every file is read, reused, ignored or blocked, and each record is accounted for.

`land` is this room's entry point. It reads everything before it reports, so that one run names every file that has to
be fixed; if any file is blocked, nothing is passed on.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from icp_pipeline.catalog.kinds import ACCOUNT_KINDS, KINDS
from icp_pipeline.duck import Connection, connect
from icp_pipeline.errors import SourceError
from icp_pipeline.sources.declared.plan import ReadPlan
from icp_pipeline.sources.file_order import newest_last
from icp_pipeline.sources.lanes import short_turns, side_by_side
from icp_pipeline.sources.large_files import in_parts, part_folders, put_together
from icp_pipeline.sources.memory import give_back
from icp_pipeline.sources.read_file import FileRead, OnWorkers, TaskName, name_of, read_file, read_on_workers
from icp_pipeline.sources.repeats import repeated_records
from icp_pipeline.sources.scan import Found, scan
from icp_pipeline.sources.snapshots import Snapshot, replaced_files
from icp_pipeline.sources.store import Store
from icp_pipeline.sources.tasks import Task, tasks_for
from icp_pipeline.sources.usage.daily_counts import DAILY
from icp_pipeline.sources.usage.overlaps import UsageFile, net_daily

Progress = Callable[[str], None]
# How many columns with rejected cells a file's line names; all are in quality.column_quality.
_COLUMNS_TOLD = 3
# Files of less are read into memory that the next one uses again.
_LARGE_BYTES = 50_000_000


@dataclass(frozen=True)
class LandedFile:
    """One file of the landing folder and its outcome. `parsed` is False if the lake already had it."""

    path: str
    sha256: str
    source: str
    table_name: str
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    status: str = "loaded"
    reason: str | None = None
    parsed: bool = False
    last_modified: str = ""
    rows_left_out: int = 0
    taken_for: str | None = None
    account_columns: str | None = None


@dataclass(frozen=True)
class LakeState:
    """What the lake holds for this landing folder: Parquet files per kind, files, rejects."""

    files: tuple[LandedFile, ...]
    parquet: dict[str, tuple[Path, ...]]
    rejects: pa.Table
    file_table: pa.Table
    column_quality: pa.Table
    repeated_records: pa.Table

    @property
    def tables(self) -> dict[str, pa.Table]:
        """Lake tables that are not read from Parquet."""
        return {
            "file": self.file_table,
            "reject": self.rejects,
            "column_quality": self.column_quality,
            "repeated_record": self.repeated_records,
        }


class HeldFiles(SourceError):
    """Some landed files cannot be read; `state` has the outcome of all of them."""

    def __init__(self, message: str, state: LakeState) -> None:
        super().__init__(message)
        self.state = state


@dataclass(frozen=True)
class _Entry:
    file: LandedFile
    folder: Path | None = None
    about: dict[str, Any] | None = None
    mtime_ns: int = 0
    # Read again although the file is unchanged: settings or this release read it in another way.
    is_again: bool = False


def land(
    landing: Path, lake: Path, plan: ReadPlan, progress: Progress | None = None, workers: OnWorkers | None = None
) -> LakeState:
    """Update the lake from the landing folder; raises SourceError naming every file that cannot be used.

    `workers` read files that the lake does not have, each on its own machine; what they cannot read is read here.
    """
    tell = progress or (lambda message: None)
    store = Store(lake)
    store.clean_up()
    found = scan(landing)
    tasks = tasks_for(found, plan)
    with short_turns(), connect(temp_directory=lake / "spill", allowed=[landing, lake]) as con:
        split = side_by_side(con, tasks, partial(in_parts, store=store))
        pieces = [piece for of_file in split for piece in of_file]
        read_there = read_on_workers(pieces, landing, plan, store, workers, tell) if workers else {}
        reads = side_by_side(con, pieces, partial(_read, store=store, read_there=read_there))
        entries, took_much = [], False
        for task, read in put_together(pieces, reads, store, con):
            took_much |= _took_much(task, read)
            entry = _entry(task, read, store)
            tell(_line(entry.file))
            for line in rejected_lines(_quality([entry])):
                tell(line)
            entries.append(entry)
        if again := sum(entry.is_again for entry in entries):
            tell(f"{again:,} unchanged file{'s' * (again > 1)} read again: settings or the release changed")
        for file in _missing_sources(found, plan):
            tell(_line(file))
            entries.append(_Entry(file))
        entries, snapshots = _without_replaced(con, entries, plan, store)
        parquet = _parquet(entries)
        parquet |= _usage(con, entries, store)
        repeated = repeated_records(con, parquet, store.repeats)
        repeated = pa.concat_tables([repeated, pa.Table.from_pylist(snapshots, schema=repeated.schema)])
    store.finish({entry.name for entry in found})
    if took_much:
        give_back()
    state = _state(entries, parquet, repeated)
    _refuse_held(state)
    _refuse_missing_fields(entries, plan)
    _refuse_no_accounts(state, landing)
    return state


def _without_replaced(
    con: Connection, entries: list[_Entry], plan: ReadPlan, store: Store
) -> tuple[list[_Entry], list[dict[str, Any]]]:
    """Mark older full exports that a newer one of their folder replaces; returns the messages."""
    groups: dict[tuple[str, str], list[_Entry]] = {}
    for entry in entries:
        kind = entry.file.table_name
        if entry.folder and kind in (entry.about or {}).get("tables", ()) and kind in KINDS and KINDS[kind].is_ordered:
            groups.setdefault((kind, entry.file.source), []).append(entry)
    files = {
        key: [
            Snapshot(entry.file.path, entry.folder / f"{key[0]}.parquet")
            for entry in newest_last(group, lambda entry: entry.file.path, lambda entry: entry.mtime_ns)
            if entry.folder
        ]
        for key, group in groups.items()
    }
    gone, told = replaced_files(con, files, plan.each_file, store.snapshots)
    newest = {key: snapshots[-1].path for key, snapshots in files.items()}

    def marked(entry: _Entry) -> _Entry:
        file = entry.file
        if (file.path, file.table_name) not in gone:
            return entry
        reason = f"replaced by {newest[file.table_name, file.source]}, a newer full export"
        return replace(entry, file=replace(file, status="replaced", reason=reason))

    return [marked(entry) for entry in entries], told


def _missing_sources(found: list[Found], plan: ReadPlan) -> list[LandedFile]:
    """Entries of `sources:` that match no landed file: their records would silently be missing."""
    return [
        LandedFile(source.file, "", source.key, "", status="missing", reason="no landed file matches it")
        for source in plan.mapped
        if not any(fnmatch.fnmatchcase(entry.name, source.file) for entry in found)
    ]


def _read(task: Task, con: Connection, store: Store, read_there: Mapping[TaskName, FileRead]) -> FileRead:
    if task.found.refusal or task.ignored:
        status = "held" if task.found.refusal else "ignored"
        return FileRead(told={"status": status, "reason": task.found.refusal or task.ignored})
    read = read_there.get(name_of(task)) or read_file(task, store, con)
    if _took_much(task, read):
        give_back()
    return read


def _took_much(task: Task, read: FileRead) -> bool:
    return read.parsed and task.found.size > _LARGE_BYTES


def _entry(task: Task, read: FileRead, store: Store) -> _Entry:
    found = task.found
    modified = datetime.fromtimestamp(found.mtime_ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S")
    file = LandedFile(found.name, read.sha256, task.source, task.table, last_modified=modified)
    if read.about is None:
        return _Entry(replace(file, **read.told))
    names = ("table_name", "rows_read", "rows_loaded", "rows_rejected", "rows_left_out", "taken_for")
    file = replace(file, parsed=read.parsed, **{name: read.about[name] for name in names})
    folder = store.entries / read.key
    return _Entry(file, folder, read.about, found.mtime_ns, is_again=read.parsed and read.was_known)


def _line(file: LandedFile) -> str:
    if file.status != "loaded":
        return f"{file.path}: {file.status}, {file.reason}"
    how = "" if file.parsed else " (unchanged)"
    left_out = f", {file.rows_left_out:,} of them not activity" if file.rows_left_out else ""
    counts = f"{file.rows_read:,} read = {file.rows_loaded:,} loaded + {file.rows_rejected:,} rejected"
    return f"{file.path}: {counts}{left_out}{how}"


def rejected_lines(columns: list[dict[str, Any]]) -> list[str]:
    """One line for the columns of a file with unusable cells, the worst of them by name."""
    worst = sorted((row for row in columns if row["rejected"]), key=lambda row: -row["rejected"])
    if not worst:
        return []
    told = "; ".join(_rejected(row) for row in worst[:_COLUMNS_TOLD])
    more = f"; and {len(worst) - _COLUMNS_TOLD} more columns" if len(worst) > _COLUMNS_TOLD else ""
    return [f"{worst[0]['path']}: {told}{more}"]


def _rejected(row: dict[str, Any]) -> str:
    there = row["cells"] - row["blank"]
    return (
        f"{row['column_name']}: {row['rejected']:,} of {there:,} cells rejected, first line {row['first_line']}: "
        f"{row['first_reason']}"
    )


def _parquet(entries: list[_Entry]) -> dict[str, tuple[Path, ...]]:
    """Parquet files by kind, newest landed file last: that order decides which row of an id wins."""
    found: dict[str, list[_Entry]] = {}
    for entry in entries:
        for table in (entry.about or {}).get("tables", ()):
            # Of a replaced file only the rejected rows count, so that its lines are accounted for.
            counts = entry.file.status != "replaced" or (table in KINDS and KINDS[table].is_unplaced)
            if entry.folder and counts and table in KINDS and table != "usage_daily":
                found.setdefault(table, []).append(entry)
    return {kind: tuple(_files(kind, of_kind)) for kind, of_kind in found.items()}


def _files(kind: str, entries: list[_Entry]) -> Iterator[Path]:
    if KINDS[kind].is_ordered:
        entries = newest_last(entries, lambda entry: entry.file.path, lambda entry: entry.mtime_ns)
    return (entry.folder / f"{kind}.parquet" for entry in entries if entry.folder)


def _usage(con: Connection, entries: list[_Entry], store: Store) -> dict[str, tuple[Path, ...]]:
    files = [
        UsageFile(folder, entry.file.path, entry.file.sha256)
        for entry in entries
        if entry.folder
        for folder in part_folders(entry.about or {}, entry.folder)
        if (folder / DAILY).exists()
    ]
    return {"usage_daily": net_daily(con, files, store.net_usage)} if files else {}


def _state(entries: list[_Entry], parquet: dict[str, tuple[Path, ...]], repeated: pa.Table) -> LakeState:
    files = tuple(entry.file for entry in entries)
    schema = KINDS["reject"].schema
    rejects = [pq.read_table(path, schema=schema) for path in parquet.get("reject", ())]
    columns = KINDS["file"].columns
    rows = [{name: getattr(file, name) for name in columns} for file in files]
    return LakeState(
        files,
        parquet,
        pa.concat_tables(rejects) if rejects else schema.empty_table(),
        pa.Table.from_pylist(rows, schema=KINDS["file"].schema),
        pa.Table.from_pylist(_quality(entries), schema=KINDS["column_quality"].schema),
        repeated,
    )


def _quality(entries: list[_Entry]) -> list[dict[str, Any]]:
    return [row for entry in entries for row in (entry.about or {}).get("columns", ())]


def _refuse_held(state: LakeState) -> None:
    held = [file for file in state.files if file.status == "held"]
    if held:
        lines = "\n".join(f"  {file.path}: {file.reason}" for file in held)
        files = "1 landed file" if len(held) == 1 else f"{len(held)} landed files"
        raise HeldFiles(f"{files} cannot be read; nothing was published:\n{lines}", state)


def _refuse_missing_fields(entries: list[_Entry], plan: ReadPlan) -> None:
    """A configured column must be in at least one file of its kind; otherwise it was probably renamed."""
    for request in plan.fields:
        kinds = [entry for entry in entries if entry.about and request.record_kind in _kinds_of(entry)]
        if kinds and all(request.column in (entry.about or {})["missing"] for entry in kinds):
            names = ", ".join(entry.file.path for entry in kinds)
            raise SourceError(
                f"no column '{request.column}' in {names}, which icp.yaml names for '{request.attribute}': "
                "correct the name there, or add the column to the export"
            )


def _kinds_of(entry: _Entry) -> tuple[str, str]:
    return entry.file.table_name, entry.file.source


def _refuse_no_accounts(state: LakeState, landing: Path) -> None:
    if not any(state.parquet.get(kind) for kind in ACCOUNT_KINDS):
        raise SourceError(
            f"no account file in {landing}: put a Salesforce Account export into {landing / 'salesforce'}, a HubSpot "
            f"company export into {landing / 'hubspot'}, or map another CRM's under `sources:` in icp.yaml"
        )
    accounts = [file for file in state.files if file.table_name in ACCOUNT_KINDS]
    if sum(file.rows_read for file in accounts) and not sum(file.rows_loaded for file in accounts):
        paths = sorted({file.path for file in accounts if file.rows_read})
        rows = state.rejects.to_pylist()
        first = [row for row in rows if row["path"] in paths and row["scope"] == "row"][:1]
        why = [f"; {row['path']} line {row['line']}, {row['column_name'] or 'row'}: {row['reason']}" for row in first]
        raise SourceError(
            f"not one of the accounts in {', '.join(paths)} can be used{''.join(why)}. Export them again, and land the "
            "file as the vendor wrote it"
        )
