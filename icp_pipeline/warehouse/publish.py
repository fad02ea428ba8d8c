"""Makes a finished work file the live version, in steps that each survive a crash."""

from __future__ import annotations

import datetime
from pathlib import Path

from icp_pipeline import duck
from icp_pipeline.disk import sync
from icp_pipeline.errors import PublishError
from icp_pipeline.warehouse.paths import live_path, version_file, versions_dir, work_file
from icp_pipeline.warehouse.shown_files import files_of_views, forget_unshown
from icp_pipeline.warehouse.versions import (
    Version,
    checksum,
    drop_old,
    live_run,
    point_to,
    rollback,
    settle,
    versions,
    write_pending,
)

__all__ = ["KEEP_VERSIONS", "Version", "live_path", "live_run", "publish", "rollback", "seal", "versions"]

KEEP_VERSIONS = 14


def seal(home: Path, run_id: str) -> str:
    """Check the closed work file of a run, make it read-only and force it to disk; returns its SHA-256.

    Raises PublishError when it is missing, unreadable, not closed properly or not of this run.
    """
    work = work_file(home, run_id)
    _check(work, version_file(home, run_id), run_id)
    work.chmod(0o444)
    sync(work)
    return checksum(work)


def publish(home: Path, run_id: str, keep: int = KEEP_VERSIONS, sealed: str | None = None) -> Path:
    """Make the closed work file of a run the live version, read-only for everybody; returns its path.

    `sealed` is what `seal` returned; without it the file is sealed now. Raises PublishError as `seal` does; the last
    version then stays live.
    """
    sealed = sealed or seal(home, run_id)
    work, final = work_file(home, run_id), version_file(home, run_id)
    versions_dir(home).mkdir(parents=True, exist_ok=True)
    pending = write_pending(home, run_id, datetime.datetime.now(datetime.UTC), work, sealed, _shown(work))
    work.rename(final)
    sync(final.parent)
    point_to(home, final)
    settle(home)
    sync(pending.parent)
    drop_old(home, keep)
    forget_unshown(home)
    return final


def _shown(work: Path) -> list[Path]:
    """The Parquet files that its views show; raises PublishError when one is not there."""
    with duck.connect(work, read_only=True) as connection:
        shown = files_of_views(connection)
    for path in shown:
        if not path.is_file():
            raise PublishError(
                f"{path}, which a view in {work.name} reads, is missing: nothing was published. Run again."
            )
    return shown


def _check(work: Path, final: Path, run_id: str) -> None:
    if final.exists():
        raise PublishError(f"{final.name} is already published, and a run is published once. Start a new run.")
    if not work.exists():
        raise PublishError(f"{work} is missing: run {run_id} has built nothing to publish.")
    if work.with_name(work.name + ".wal").exists():
        raise PublishError(f"{work} was not closed properly (there is a .wal file next to it): run again.")
    try:
        with duck.connect(work, read_only=True) as connection:
            found = connection.execute("select count(*) from history.runs where run_id = ?", [run_id]).fetchone()
    except duck.DuckError as error:
        reason = " ".join(str(error).split())[:200]
        raise PublishError(f"{work} cannot be opened for reading: {reason}. The last version stays live.") from error
    if found != (1,):
        raise PublishError(f"{work} does not hold its own run {run_id} in history.runs: nothing was published.")
