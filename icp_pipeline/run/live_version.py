"""Warehouse and exports are live together: going back to a version, and mending what a kill left half-flipped."""

from __future__ import annotations

from icp_pipeline.activation import export_folders as exports
from icp_pipeline.activation.manifest import verify
from icp_pipeline.errors import PublishError
from icp_pipeline.home import Home
from icp_pipeline.warehouse import publish as warehouse
from icp_pipeline.warehouse.lock import run_lock


def repair(home: Home) -> str | None:
    """Bring `exports/latest` to the run of the live warehouse, if a kill left it behind; returns what was done."""
    live = next((item.run_id for item in warehouse.versions(home.root) if item.is_live), None)
    if live is None or exports.latest_run(home.root) == live or live not in exports.complete_runs(home.root):
        return None
    exports.flip_latest(home.root, live)
    return f"exports/latest now shows run {live}, as the warehouse does"


def roll_back(home: Home, version: str) -> str:
    """Make an earlier (or later) published version live: warehouse and exports together.

    Raises PublishError when it is not there. ICP versions, history and what the CRM has are carried forward by the next
    run from the newest version, so nothing is forgotten.
    """
    with run_lock(home.root, f"rollback to {version}"):
        known = [item.run_id for item in warehouse.versions(home.root)]
        if version not in known:
            raise PublishError(f"there is no published version '{version}': known are {', '.join(known) or 'none'}.")
        if version not in exports.complete_runs(home.root):
            raise PublishError(f"{home.exports / version} is not complete, so {version} cannot be shown as a whole.")
        # Looked at before the warehouse moves: a damaged export must not leave the two at different runs.
        verify(home.exports / version)
        warehouse.rollback(home.root, version)
        exports.flip_latest(home.root, version)
    return f"Live: {version}, warehouse and exports. The next `icp run` publishes a new version after it."
