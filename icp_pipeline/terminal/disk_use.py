"""How much of the disk each part of a home takes: `icp versions --disk`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rich.console import Console

from icp_pipeline.home import Home
from icp_pipeline.terminal.style import number, table

# What bounds each part; all but the landing folder is icp's own.
_PARTS = {
    "landing": "your files",
    "lake": "grows with landing/; safe to delete",
    "warehouse": "retention.versions",
    "exports": "retention.versions",
    "state/dagster": "retention.runs",
    "state/data_docs": "the last run",
}


def read_disk(home: Home) -> list[dict[str, Any]]:
    """Bytes by part, as `du` counts them: a file with two names once, blocks that two files share twice."""
    return [{"part": part, "bytes": _bytes(home.root / part), "bounded_by": by} for part, by in _PARTS.items()]


def _bytes(folder: Path) -> int:
    found: dict[tuple[int, int], int] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                facts = os.lstat(os.path.join(place, name))  # noqa: PTH118
            except FileNotFoundError:
                continue  # a run at work removes its own files
            found[facts.st_dev, facts.st_ino] = facts.st_blocks * 512
    return sum(found.values())


def show_disk(parts: list[dict[str, Any]], out: Console) -> None:
    """Draw what `read_disk` returns."""
    shown = table("On disk", ("part", "size", "bounded by"), numbers=("size",))
    for row in parts:
        shown.add_row(row["part"], f"{number(row['bytes'] / 1e6, ',.1f')} MB", row["bounded_by"])
    out.print(shown)
