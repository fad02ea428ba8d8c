"""Published versions: list, live version, rollback.

Beside `icp_<run>.duckdb` stands `icp_<run>.json`. Moving the link is the moment of publication: a version whose JSON
still ends in `.pending` was published only if the link points to it. What copies a home often loses links or follows
them, so where the link is gone the version that it showed is found by other signs.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from icp_pipeline.disk import set_aside, sync
from icp_pipeline.errors import PublishError, nearest
from icp_pipeline.warehouse.paths import database_name, live_path, shared_path, shown_dir, version_file, versions_dir

# Hashing needs no Python, but each new block waits its turn for it while an export is written beside.
_BLOCK = 1 << 24
# A file of more bytes than this is no link that was unpacked as its text.
_LONGEST_LINK = 4096


@dataclass(frozen=True)
class Version:
    """A published warehouse. `sequence` grows by one with each publication, whatever the clock says."""

    run_id: str
    path: Path
    sequence: int
    published_at: str
    size: int
    sha256: str
    is_live: bool
    # Parquet files that its views show, and the folder that these name: see `shown_files`.
    files: Sequence[str] = ()
    folder: str = ""


_FACTS = {field.name for field in fields(Version)} - {"path", "is_live"}
_WHERE_THERE_ARE_VIEWS = {"files", "folder"}


def versions(home: Path) -> list[Version]:
    """All published versions, the newest publication first."""
    live = live_version_file(home)
    found = [_read(path, live) for path in versions_dir(home).glob("icp_*.json*")]
    published = [version for version in found if version]
    return sorted(published, key=lambda version: version.sequence, reverse=True)


def newest(home: Path) -> Version | None:
    """The last publication, which need not be the live one."""
    return next(iter(versions(home)), None)


def live_version_file(home: Path) -> Path | None:
    """The version that the link points to, or did before it was lost; None before the first publication."""
    link, folder = live_path(home), versions_dir(home)
    # By its name alone: a link that was copied may lead to the home it is from, or to nothing.
    for name in _names_in(link):
        if (folder / name).is_file():
            return (folder / name).resolve()
    notes = sorted(filter(None, map(_note, folder.glob("icp_*.json*"))), key=lambda note: -note[1]["sequence"])
    for path in (link, shared_path(home)):
        for database, about, _ in notes if path.is_file() else ():
            if path.stat().st_size == about["size"] and checksum(path) == about["sha256"]:
                return database.resolve()
    return next((database.resolve() for database, _, is_settled in notes if is_settled), None)


def link_is_whole(home: Path) -> bool:
    """Whether the link is a link to a version of this home."""
    link, live = live_path(home), live_version_file(home)
    return link.is_symlink() and link.exists() and link.resolve() == live


def is_unpacked_link(link: Path) -> bool:
    """Whether a file is so short that it can only be the text of a link, and no database."""
    return link.stat().st_size < _LONGEST_LINK


def _names_in(link: Path) -> list[str]:
    """The file name that a link gives; also one that was unpacked as a short text, as zip and git do without links."""
    try:
        if link.is_symlink():
            return [link.readlink().name]
        if link.is_file() and is_unpacked_link(link):
            return [Path(link.read_text(encoding="utf-8").strip()).name]
    except (OSError, ValueError):
        pass
    return []


def live_run(home: Path) -> str | None:
    """The run whose version is live, or None before the first publication."""
    live = live_version_file(home)
    return live.stem.removeprefix("icp_") if live else None


def rollback(home: Path, run_id: str) -> Path:
    """Make an earlier (or later) version the live one; readers that have one open keep it.

    Raises PublishError when there is no such version, or when its file is not the one that was published.
    """
    known = {version.run_id: version for version in versions(home)}
    run_id = run_id.removeprefix("icp_").removesuffix(".duckdb")
    if run_id not in known:
        there_are = ", ".join(known) or "none yet"
        raise PublishError(f"there is no published version '{run_id}'.{nearest(run_id, known)} Published: {there_are}.")
    version = known[run_id]
    if checksum(version.path) != version.sha256:
        raise PublishError(f"{version.path} is damaged: its checksum differs from the published one. Choose another.")
    missing = [path for name in version.files if not (path := shown_dir(home) / name).is_file()]
    if missing:
        raise PublishError(
            f"{version.path} reads {missing[0]}, which is missing (files missing: {len(missing):,}): restore the "
            f"folder {shown_dir(home)} from a backup, or choose another version."
        )
    point_to(home, version.path)
    return version.path


def point_to(home: Path, version_path: Path) -> None:
    """Flip the link in one step; there is no moment without a live version."""
    link = live_path(home)
    if link.exists() and not link.is_symlink():
        raise PublishError(f"{link} is a file, not a link to a version: move it away, then run again.")
    draft = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    draft.symlink_to(Path(versions_dir(home).name) / version_path.name)
    draft.replace(link)
    share(home, version_path)
    sync(link.parent)


def share(home: Path, version_path: Path) -> None:
    """Also put the live version under the constant name: DuckDB names a database after its file.

    It is another name of the same file, or a copy where the file system has one name for each file.
    """
    shared = shared_path(home)
    if shared.is_file() and _is_same(shared, version_path):
        return
    draft = shared.with_name(f".{shared.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    try:
        os.link(version_path, draft)
    except OSError:
        shutil.copy2(version_path, draft)
        draft.chmod(0o444)
        sync(draft)
    # What a client left there belongs to the file before, and DuckDB 1.5 would read it into this one.
    shared.with_name(shared.name + ".wal").unlink(missing_ok=True)
    if shared.is_dir():
        set_aside(shared)
    draft.replace(shared)


def _is_same(shared: Path, version_path: Path) -> bool:
    here, there = shared.stat(), version_path.stat()
    if here.st_nlink > 1 or there.st_nlink > 1:
        return os.path.samestat(here, there)
    return (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)


def write_pending(
    home: Path, run_id: str, published_at: datetime.datetime, work: Path, sha256: str, shown: Sequence[Path] = ()
) -> Path:
    """Note a version that is about to go live, with the Parquet files that its views show."""
    about: dict[str, object] = {
        "run_id": run_id,
        "sequence": next_sequence(home),
        "published_at": published_at.strftime("%Y-%m-%d %H:%M:%S"),
        "size": work.stat().st_size,
        "sha256": sha256,
    }
    if shown:
        folder = shown_dir(home).resolve()
        about |= {"folder": str(folder), "files": [str(path.relative_to(folder)) for path in shown]}
    path = version_file(home, run_id).with_suffix(".json.pending")
    write_note(path, about)
    return path


def note_again(version: Version, changed: Mapping[str, object]) -> None:
    """Rewrite a version's note after a change."""
    path = version.path.with_suffix(".json")
    write_note(path, json.loads(path.read_text(encoding="utf-8")) | dict(changed))
    sync(path.parent)


def noted_files(home: Path) -> set[str]:
    """The Parquet files that any version shows, by their place in `shown_dir`; also one that is about to go live."""
    notes = filter(None, map(_note, versions_dir(home).glob("icp_*.json*")))
    return {name for _, about, _ in notes for name in about.get("files", ())}


def next_sequence(home: Path) -> int:
    """Number of the next publication: it orders runs, whatever the clock says."""
    last = newest(home)
    return (last.sequence if last else 0) + 1


def write_note(path: Path, about: Mapping[str, object]) -> None:
    """Write a version's note: the JSON file next to it."""
    # Under another name until it is whole: half a note, from a full disk or a kill, would stop every later run.
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    # Read by whoever may read the version, whatever the umask.
    draft.chmod(0o644)
    sync(draft)
    draft.replace(path)


def settle(home: Path) -> None:
    """After a crash: what the link points to is published; what it never pointed to is removed."""
    live = live_version_file(home)
    for draft in versions_dir(home).glob(".*.draft"):
        draft.unlink()
    for pending in versions_dir(home).glob("*.json.pending"):
        database = pending.with_name(pending.name.removesuffix(".json.pending") + ".duckdb")
        if live is not None and database.resolve() == live:
            pending.replace(pending.with_suffix(""))
        else:
            database.unlink(missing_ok=True)
            pending.unlink()


def drop_old(home: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` versions; never the live one."""
    dropped = []
    for version in versions(home)[max(keep, 1) :]:
        if not version.is_live:
            version.path.unlink(missing_ok=True)
            version.path.with_suffix(".json").unlink(missing_ok=True)
            dropped.append(version.path)
    return dropped


def checksum(path: Path) -> str:
    """SHA-256 of a file that no connection of this process has open: closing it here would drop DuckDB's lock."""
    digest = hashlib.sha256()
    for block in _blocks(path):
        digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _read(path: Path, live: Path | None) -> Version | None:
    note = _note(path)
    if note is None:
        return None
    database, about, is_settled = note
    is_live = database.resolve() == live
    return Version(path=database, is_live=is_live, **about) if is_settled or is_live else None


def _note(path: Path) -> tuple[Path, dict[str, Any], bool] | None:
    """A version, what its JSON says, and whether its publication was settled; None where its file is gone."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        if about.keys() | _WHERE_THERE_ARE_VIEWS != _FACTS:
            raise ValueError(f"expected {', '.join(sorted(_FACTS))}")
        database = path.with_name(database_name(about["run_id"]))
        return (database, about, path.suffix == ".json") if database.exists() else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PublishError(f"{path} cannot be read ({error}): restore it, or remove it with its database.") from error
