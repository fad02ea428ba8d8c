"""Makes a complete export folder the live one, and clears away old ones. Readers always see a whole export."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from icp_pipeline.activation import manifest
from icp_pipeline.disk import sync
from icp_pipeline.errors import PublishError

_LATEST = "latest"


def exports_dir(home: Path) -> Path:
    """Where the export folders of a home stand."""
    return home / "exports"


def latest_run(home: Path) -> str | None:
    """The run that `exports/latest` shows; None when nothing was exported yet."""
    link = exports_dir(home) / _LATEST
    return link.readlink().name if link.is_symlink() else None


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
            f"{link}: cannot be pointed at {run_id} ({error.strerror}); the last export stays"
        ) from error
    sync(folder.parent)
    return folder


def complete_runs(home: Path) -> list[str]:
    """Runs with a whole export folder, oldest first."""
    found = exports_dir(home).glob(f"*/{manifest.FILE}")
    whole = [path for path in found if path.parent.name != _LATEST and not path.parent.name.startswith(".")]
    return [path.parent.name for path in sorted(whole, key=lambda path: (path.stat().st_mtime_ns, path))]


def prune(home: Path, keep: int, published: Collection[str] | None = None) -> list[str]:
    """Remove all but the newest `keep` exports, never the live one, and what a killed run left half-written.

    With `published` (runs whose warehouse is still kept), an export of any other run goes: a kill before publication
    left it, and it must not push out the export of a version that one can roll back to.

    Call it while holding the home's lock: a folder that is just being written looks the same as an abandoned one.
    """
    for leftover in (*exports_dir(home).glob(".*.partial"), *exports_dir(home).glob(f".{_LATEST}.*")):
        _remove(leftover)
    runs = complete_runs(home)
    orphans = [run for run in runs if published is not None and run not in published]
    kept = [run for run in runs if run not in orphans]
    doomed = [run for run in (*orphans, *kept[: max(0, len(kept) - keep)]) if run != latest_run(home)]
    for run in doomed:
        _remove(exports_dir(home) / run)
    return doomed


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        # Out of sight first: a reader listing the folder never meets a half-removed export.
        hidden = path.parent / f".{path.name.lstrip('.').removesuffix('.partial')}.partial"
        if hidden != path:
            path.rename(hidden)
        shutil.rmtree(hidden)
    else:
        path.unlink(missing_ok=True)
