"""Keeps warehouse and exports live together: rollback, and repair after a kill between the two links."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from icp_pipeline.activation import export_folders as exports
from icp_pipeline.activation.manifest import verify
from icp_pipeline.errors import PublishError
from icp_pipeline.home import Home
from icp_pipeline.warehouse import publish as warehouse
from icp_pipeline.warehouse.lock import run_lock
from icp_pipeline.warehouse.mending import mend
from icp_pipeline.warehouse.paths import shared_path, versions_dir, work_dir


def repair(home: Home) -> list[str]:
    """Repair the two links after a kill or a copy of the home; returns what was done, one sentence each.

    The caller holds the home's lock.
    """
    done = mend(home.root)
    refuse_lost(home)
    live = warehouse.live_run(home.root)
    if live is None:
        return done
    done += filter(None, [exports.mend_latest(home.root)])
    if not exports.shows(home.root, live) and live in exports.complete_runs(home.root):
        exports.flip_latest(home.root, live)
        done.append(f"{home.latest} shows run {live} again, as the warehouse does")
    return done


def refuse_lost(home: Home) -> None:
    """Raise PublishError if runs were published and no version is left: that is not an empty home.

    Treated as one, no guard would compare anything, and all history would start again.
    """
    if warehouse.live_run(home.root) is not None:
        return
    if sign := next(_published(home), None):
        raise PublishError(
            f"{sign} shows that this home has published runs, but {versions_dir(home.root)} holds none of them: "
            "copy that folder too. To start over, move exports/ and warehouse/ away."
        )


def _published(home: Home) -> Iterator[Path]:
    """Whether there is anything that only a publication leaves."""
    yield from (path for path in (home.latest, home.live, shared_path(home.root)) if path.is_symlink() or path.exists())
    yield from sorted(versions_dir(home.root).glob("icp_*.json"))
    # A first run that ends before it publishes leaves an export, too, but beside the folder it worked in. If that
    # folder is missing the warehouse is a different one, such as the mount point of an unmounted volume.
    if not work_dir(home.root).exists():
        yield from (home.exports / run for run in exports.complete_runs(home.root))


def roll_back(home: Home, version: str) -> str:
    """Make an earlier (or later) published version live: warehouse and exports together.

    Raises PublishError if it does not exist. ICP versions, history and the CRM's state are carried forward by the next
    run from the newest version, so nothing is lost.
    """
    with run_lock(home.root, f"rollback to {version}"):
        repair(home)
        known = [item.run_id for item in warehouse.versions(home.root)]
        if version not in known:
            raise PublishError(
                f"there is no published version '{version}'. Known versions: {', '.join(known) or 'none'}."
            )
        if version not in exports.complete_runs(home.root):
            raise PublishError(f"{home.exports / version} is incomplete, so {version} cannot be restored.")
        # Checked before the warehouse moves: a damaged export must not leave the two at different runs.
        verify(home.exports / version)
        warehouse.rollback(home.root, version)
        exports.flip_latest(home.root, version)
    return f"Live: {version}, warehouse and exports. The next `icp run` publishes a new version after it."
