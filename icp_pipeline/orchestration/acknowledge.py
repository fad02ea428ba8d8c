"""`icp ack`: what a CRM said about an import waits in the home until the next run takes it into history."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from icp_pipeline.activation.ack import forget_failed, read_ack
from icp_pipeline.home import Home
from icp_pipeline.names import TableName
from icp_pipeline.warehouse.build import Build


def acknowledge(home: Home, file: Path) -> str:
    """Read a result file and keep it for the next run; the same file twice counts once. Returns what it said."""
    acks = read_ack(file)
    name = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    _waiting(home).mkdir(parents=True, exist_ok=True)
    partial = _waiting(home) / f".{name}.partial"
    acks.to_csv(partial, index=False)
    partial.replace(_waiting(home) / f"{name}.csv")
    failed = int((~acks["succeeded"].astype(bool)).sum())
    return (
        f"{file.name}: {len(acks) - failed:,} records took their tags, {failed:,} did not. "
        "What failed goes out again with the next `icp run` (changes.csv)."
    )


def apply_waiting(home: Home, build: Build) -> None:
    """Take back the tags of records whose write failed, so that the next delta lists them once more."""
    files = sorted(_waiting(home).glob("*.csv"))
    if not files:
        return
    acks = pd.concat([pd.read_csv(file, dtype={"record_id": str, "target": str}) for file in files])
    tags = build.frame(
        """
        select tags.* from history.crm_tags as tags
        left join history.runs as runs on runs.run_id = tags.run_id
        order by runs.started_at nulls first, tags.run_id, tags.target, tags.record_id
        """
    )
    kept = forget_failed(tags, acks)
    build.execute("delete from history.crm_tags")
    build.append(TableName("history", "crm_tags"), kept)


def forget_applied(home: Home, applied_before: float) -> None:
    """After publication: files that were there when the run began have done their work."""
    for file in _waiting(home).glob("*.csv"):
        if file.stat().st_mtime <= applied_before:
            file.unlink()


def _waiting(home: Home) -> Path:
    return home.state / "acks"
