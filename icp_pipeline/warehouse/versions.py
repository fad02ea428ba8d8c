"""Published versions: which there are, which is live, and going back to one.

Beside `icp_<run>.duckdb` stands `icp_<run>.json`. Moving the link is the moment of publication: a version whose JSON
still ends in `.pending` was published only if the link points to it.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from icp_pipeline.disk import sync
from icp_pipeline.errors import PublishError, nearest
from icp_pipeline.warehouse.paths import database_name, live_path, version_file, versions_dir

# Hashing needs no Python, but each new block waits its turn for it while an export is written beside.
_BLOCK = 1 << 24


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
    """The file behind the link, or None before the first publication."""
    link = live_path(home)
    return link.resolve() if link.is_symlink() and link.exists() else None


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
        raise PublishError(f"there is no published version '{run_id}'.{nearest(run_id, known)} There are: {there_are}.")
    version = known[run_id]
    if checksum(version.path) != version.sha256:
        raise PublishError(f"{version.path} is damaged: its checksum differs from the published one. Choose another.")
    point_to(home, version.path)
    return version.path


def point_to(home: Path, version_path: Path) -> None:
    """Flip the link in one step; there is no moment without a live version."""
    link = live_path(home)
    if link.exists() and not link.is_symlink():
        raise PublishError(f"{link} is a file, not the link to a version: move it away, then run again.")
    draft = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    draft.symlink_to(version_path.relative_to(link.parent))
    draft.replace(link)
    sync(link.parent)


def write_pending(home: Path, run_id: str, published_at: datetime.datetime, work: Path, sha256: str) -> Path:
    """Note a version that is about to go live."""
    last = newest(home)
    about = {
        "run_id": run_id,
        "sequence": (last.sequence if last else 0) + 1,
        "published_at": published_at.strftime("%Y-%m-%d %H:%M:%S"),
        "size": work.stat().st_size,
        "sha256": sha256,
    }
    path = version_file(home, run_id).with_suffix(".json.pending")
    # Under another name until it is whole: half a note, from a full disk or a kill, would stop every later run.
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    sync(draft)
    draft.replace(path)
    return path


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
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        database = path.with_name(database_name(about["run_id"]))
        is_live = database.resolve() == live
        is_published = path.suffix == ".json" or is_live
        return Version(path=database, is_live=is_live, **about) if database.exists() and is_published else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PublishError(f"{path} cannot be read ({error}): restore it, or remove it with its database.") from error
