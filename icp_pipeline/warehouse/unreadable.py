"""What to say of a published version that cannot be read, and what to do: the same in a run and in every command."""

from __future__ import annotations

import os
from pathlib import Path

from icp_pipeline.duck import DuckError, MissingNameError
from icp_pipeline.warehouse.versions import newest, versions


def unreadable(path: Path, error: DuckError) -> str:
    """For a command that reads: the version is of another release, or its file is damaged."""
    if isinstance(error, MissingNameError):
        return (
            f"{path}: this release of icp cannot read it ({_one_line(error)}). `icp run` publishes a new version, "
            "`icp rollback VERSION` goes back to another."
        )
    return damaged(path, error)


def damaged(path: Path, error: DuckError) -> str:
    """For a run, too, which goes on from the history of the newest version, whichever is live."""
    if not os.access(path, os.R_OK):
        return f"{path}: you may not read it (its mode or owner, or those of the folders above it)."
    home = path.parents[2]
    last, others = newest(home), [item.run_id for item in versions(home) if item.path.resolve() != path.resolve()]
    back = f"`icp rollback VERSION` goes back to another ({', '.join(others)})" if others else "there is no other"
    said = f"{path} cannot be read ({_one_line(error)})"
    if last is None or last.path.resolve() != path.resolve():
        return f"{said}: {back}."
    return (
        f"{said}. It is the newest version, from which the next run goes on: restore the file from a backup, or move "
        f"it and its .json away to go on from the version before it. Until then {back}."
    )


def _one_line(error: DuckError) -> str:
    return " ".join(str(error).split())[:200]
