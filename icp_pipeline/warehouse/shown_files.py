"""Large tables are views on Parquet files, which stand once beside the versions whatever number of these shows them.

A file's name says what it holds, so it is never written over; it is another name of a file of the lake, which costs
nothing. It goes when no version that is kept shows it. DuckDB resolves a relative path against the folder that a client
was started in, and a view cannot ask for its own file's place: so views name files in full, and a home that was moved
has its views pointed to its own files at the next start.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from icp_pipeline import duck
from icp_pipeline.catalog.inputs import GROWING_INPUTS, SOURCE_ORDER, inputs_of
from icp_pipeline.disk import copy_bytes, sync
from icp_pipeline.names import TableName, listed, literal, quoted
from icp_pipeline.warehouse.described import describe_table
from icp_pipeline.warehouse.paths import shown_dir
from icp_pipeline.warehouse.versions import Version, checksum, note_again, noted_files, versions

# An input of fewer bytes (some 8 million events) is copied into each version, which then needs no other file.
LARGE_BYTES = 20_000_000
_PATH = re.compile(r"'((?:[^']|'')+\.parquet)'")
# What a file system answers that has one name for each file, or not for this one.
_NO_SECOND_NAME = {errno.EPERM, errno.EXDEV, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS}
_VIEWS = "select schema_name, view_name, sql, comment from duckdb_views() where not internal and database_name = "


def shown_inputs(home: Path, lake_parquet: Mapping[str, Sequence[Path]]) -> dict[TableName, list[Path]]:
    """Large inputs that grow by day, as files that last as long as versions show them."""
    found = {}
    for name in GROWING_INPUTS:
        if SOURCE_ORDER in inputs_of("lake")[name]:
            continue  # of whose rows some take the place of others: what is left of them is a table
        paths = lake_parquet.get(name.table, ())
        if sum(path.stat().st_size for path in paths) >= LARGE_BYTES:
            kept = _second_names(shown_dir(home) / name.table, paths)
            if kept is not None:
                found[name] = kept
    return found


def _second_names(folder: Path, paths: Sequence[Path]) -> list[Path] | None:
    """Hard links to files of the lake; None if the file system has none."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        found = [_second_name(folder, path) for path in paths]
    except OSError as error:
        if error.errno in _NO_SECOND_NAME:
            return None
        raise
    sync(folder)
    return found


def _second_name(folder: Path, path: Path) -> Path:
    # Either the entry's folder or the file is named by what it was made of.
    stem = path.parent.name if path.stem == folder.name else path.stem
    target = folder / f"{stem}.parquet"
    if target.exists() and _holds_the_same(target, path):
        return target
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    os.link(path, draft)
    finish(draft, target)
    return target


def _holds_the_same(target: Path, path: Path) -> bool:
    """The same file, or what a copy of the home made of one file with two names."""
    here, there = target.stat(), path.stat()
    return os.path.samestat(here, there) or (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)


def files_of_views(connection: duck.Connection) -> list[Path]:
    """The distinct Parquet files named by a database's views."""
    return sorted({Path(path) for _, _, sql, _ in _views(connection) for path in _paths_in(sql)})


def files_of_view(connection: duck.Connection, name: TableName) -> list[Path] | None:
    """The same for one view; None if there is no such view."""
    found = [sql for schema, view, sql, _ in _views(connection) if (schema, view) == (name.schema, name.table)]
    return [Path(path) for path in _paths_in(found[0])] if found else None


def views(connection: duck.Connection) -> set[TableName]:
    """The views of a database."""
    return {TableName(schema, view) for schema, view, _, _ in _views(connection)}


def _views(connection: duck.Connection) -> list[tuple[str, str, str, str | None]]:
    return connection.execute(f"{_VIEWS} current_database()").fetchall()


def _paths_in(sql: str) -> Iterator[str]:
    return (path.replace("''", "'") for path in _PATH.findall(sql))


def is_kept(name: TableName, files: Collection[Path]) -> bool:
    """Whether a table's view shows files that were written for it, and not those of an input."""
    return bool(files) and all(path.parent.name == str(name) for path in files)


def named_by_content(draft: Path, folder: Path, label: str = "") -> Path:
    """Move a finished file to a name made of its content hash, and a label before it; one already there is the same."""
    target = folder / content_name(draft, label)
    if target.exists():
        draft.unlink()
    else:
        finish(draft, target)
        sync(folder)
    return target


def finish(draft: Path, target: Path) -> None:
    """Give a file that is on the disk and read-only for everybody its name."""
    draft.chmod(0o444)
    sync(draft)
    draft.replace(target)


def content_name(path: Path, label: str = "") -> str:
    """`label.hash.parquet`."""
    name = f"{checksum(path)[:32]}.parquet"
    return f"{label}.{name}" if label else name


def forget_unshown(home: Path) -> list[Path]:
    """Remove the files that no version shows; returns them."""
    shown = {shown_dir(home) / name for name in noted_files(home)}
    gone = [path for path in shown_dir(home).rglob("*") if path.is_file() and path not in shown]
    for path in gone:
        path.unlink()
    return gone


def missing_files(home: Path, version: Version) -> list[Path]:
    """Files that a version shows but that are missing, as after a copy of `versions/` alone."""
    return [path for name in version.files if not (path := shown_dir(home) / name).is_file()]


def tables_of(files: Collection[Path]) -> str:
    """The tables whose rows these files are, by their folders: `core.accounts, core.deals and 3 more`."""
    return listed(sorted({path.parent.name for path in files}))


def point_here(home: Path) -> list[str]:
    """Point the views of versions that came from another place to this home's files; returns what was done.

    The caller holds the home's lock.
    """
    here = shown_dir(home).resolve()
    moved = [version for version in versions(home) if version.files and Path(version.folder) != here]
    done = []
    for version in moved:
        if missing := missing_files(home, version):
            # Of earlier ones nobody asks, and the next run would say so of all of them again.
            if version.is_live:
                done.append(
                    f"{version.path.name} reads {len(missing):,} files that were not copied to {here}: "
                    f"{tables_of(missing)} cannot be read until the next run"
                )
        else:
            _point(home, version, here)
            done.append(f"{version.path.name} read files in {version.folder}: it reads those in {here} now")
    return done


def _point(home: Path, version: Version, here: Path) -> None:
    draft = version.path.with_name(f".{version.path.name}.draft")
    copy_bytes(version.path, draft)
    with duck.connect(draft, allowed=[here]) as connection:
        comments = connection.execute(
            "select schema_name, table_name, column_name, comment from duckdb_columns() "
            "where database_name = current_database() and comment is not null"
        ).fetchall()
        for schema, view, sql, comment in _views(connection):
            name = TableName(schema, view)
            text = sql.replace(literal(version.folder + "/")[:-1], literal(f"{here}/")[:-1])
            connection.execute(re.sub(r"^CREATE VIEW", "create or replace view", text))
            said = {column: words for *place, column, words in comments if place == [schema, view]}
            describe_table(connection, name, comment or "", said, "view")
        connection.execute("checkpoint")
    draft.chmod(0o444)
    sync(draft)
    facts = {"size": draft.stat().st_size, "sha256": checksum(draft), "folder": str(here)}
    draft.replace(version.path)
    # Last: a start that was killed before finds the old folder in the note, and does it again.
    note_again(version, facts)


def select_from(files: Collection[Path], columns: Mapping[str, str]) -> str:
    """The rows of these files with an input's columns and types."""
    listed = ", ".join(literal(str(path.resolve())) for path in files)
    picked = ", ".join(f"cast({quoted(column)} as {kind}) as {quoted(column)}" for column, kind in columns.items())
    return f"(select {picked} from read_parquet([{listed}]))"
