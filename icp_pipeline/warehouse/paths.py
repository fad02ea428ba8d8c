"""Paths of the warehouse's files under a home folder, and which run ids are allowed."""

from __future__ import annotations

import re
from pathlib import Path

from icp_pipeline.errors import PublishError

_RUN_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")


def live_path(home: Path) -> Path:
    """The link that analysts open; it may not exist yet. Long-lived readers resolve it before each opening."""
    return home / "warehouse" / "icp.duckdb"


def shared_path(home: Path) -> Path:
    """The live version under a constant file name, which DuckDB uses as the database's name."""
    return home / "warehouse" / "live.duckdb"


def work_dir(home: Path) -> Path:
    """Private files of the run in progress; leftovers of a dead run are removed at the next start."""
    return home / "warehouse" / "work"


def versions_dir(home: Path) -> Path:
    """Published versions, each with a small JSON beside it."""
    return home / "warehouse" / "versions"


def shown_dir(home: Path) -> Path:
    """Parquet files behind the versions' views, one folder per lake input."""
    return home / "warehouse" / "parquet"


def spill_dir(work: Path) -> Path:
    """Where DuckDB writes what does not fit into memory while that work file is built."""
    return work.with_name(f"spill_{work.stem.removeprefix('icp_')}")


def work_file(home: Path, run_id: str) -> Path:
    """The file a run builds."""
    return work_dir(home) / database_name(run_id)


def version_file(home: Path, run_id: str) -> Path:
    """The file a run publishes."""
    return versions_dir(home) / database_name(run_id)


def database_name(run_id: str) -> str:
    """File name of a run's database; raises PublishError when the id could leave the folder."""
    if not _RUN_ID.match(run_id):
        raise PublishError(f"'{run_id}' is not a run id: expected letters, digits, _ and -, such as 20261121_030000_a1")
    return f"icp_{run_id}.duckdb"
