"""Makes a complete export folder the live one, and clears away old ones. Readers always see a whole export."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from icp_pipeline.activation import manifest
from icp_pipeline.disk import remove, set_aside, sync
from icp_pipeline.errors import PublishError

_LATEST = "latest"


def exports_dir(home: Path) -> Path:
    """Where the export folders of a home stand."""
    return home / "exports"


def latest_run(home: Path) -> str | None:
    """The run that `exports/latest` shows; None when nothing was exported yet."""
    link = exports_dir(home) / _LATEST
    if link.is_symlink():
        return link.readlink().name
    # A copy of the home may have followed the link.
    return manifest.read_manifest(link).run_id if (link / manifest.FILE).is_file() else None


def shows(home: Path, run_id: str) -> bool:
    """Whether `latest` is a link to the run's folder of this home, and not of the one that it was copied from."""
    link = exports_dir(home) / _LATEST
    return link.is_symlink() and link.readlink() == Path(run_id)


def mend_latest(home: Path) -> str | None:
    """Clear the way for the link where a copy of the home left a folder or a file instead; returns what was done.

    The caller holds the home's lock. A whole export is kept under its run's name, what nobody knows beside it.
    """
    link = exports_dir(home) / _LATEST
    if link.is_symlink() or not link.exists():
        return None
    if link.is_dir() and (run_id := _whole_run(link)):
        own = link.with_name(run_id)
        _remove(link) if own.exists() else link.rename(own)
        return f"{link} was a folder and not a link"
    return f"{link} was {'a folder' if link.is_dir() else 'a file'} and not a link; it is now {set_aside(link).name}"


def _whole_run(folder: Path) -> str | None:
    """The run that a folder is a whole export of."""
    try:
        return manifest.verify(folder).run_id
    except PublishError:
        return None


def flip_latest(home: Path, run_id: str) -> Path:
    """Point `exports/latest` at a run's folder in one step; raises PublishError when that folder is not whole."""
    folder = exports_dir(home) / run_id
    manifest.verify(folder)
    link = folder.parent / _LATEST
    if link.exists() and not link.is_symlink():
        raise PublishError(f"{link}: expected a symlink, found a folder or file; move it away and run again")
    temporary = folder.parent / f".{_LATEST}.{os.getpid()}"
    temporary.unlink(missing_ok=True)
    try:
        # Relative, so that the home can be moved or mounted elsewhere.
        temporary.symlink_to(run_id, target_is_directory=True)
        temporary.replace(link)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise PublishError(
            f"{link}: cannot be pointed at {run_id} ({error.strerror}); the last export stays live"
        ) from error
    sync(folder.parent)
    return folder


def complete_runs(home: Path) -> list[str]:
    """Runs with a whole export folder, oldest first."""
    found = exports_dir(home).glob(f"*/{manifest.FILE}")
    whole = [path for path in found if path.parent.name != _LATEST and "." not in path.parent.name]
    return [path.parent.name for path in sorted(whole, key=lambda path: (path.stat().st_mtime_ns, path))]


def prune(home: Path, keep: int, published: Collection[str] | None = None) -> list[str]:
    """Remove all but the newest `keep` exports, never the live one, and what a killed run left half-written.

    With `published` (runs whose warehouse is still kept) it is their exports that stay, whatever the age of their
    folders: a copy changes it, and so does a clock that was ahead. Of any other run a kill before publication left it.

    Call it while holding the home's lock: a folder that is just being written looks the same as an abandoned one.
    """
    for leftover in (*exports_dir(home).glob(".*.partial"), *exports_dir(home).glob(f".{_LATEST}.*")):
        _remove(leftover)
    runs = complete_runs(home)
    old = runs[: max(0, len(runs) - keep)] if published is None else [run for run in runs if run not in published]
    doomed = [run for run in old if run != latest_run(home)]
    for run in doomed:
        _remove(exports_dir(home) / run)
    return doomed


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        # Out of sight first: a reader listing the folder never meets a half-removed export.
        hidden = path.parent / f".{path.name.lstrip('.').removesuffix('.partial')}.partial"
        if hidden != path:
            path = path.rename(hidden)
    remove(path)
