"""What files need beyond being written: to be forced to the disk, and kept when they stand in the way."""

from __future__ import annotations

import itertools
import os
from pathlib import Path


def sync(path: Path) -> None:
    """Force a file, or a folder's list of names, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def set_aside(path: Path) -> Path:
    """Rename what stands in the way and may be somebody's work; returns its new place beside the old one."""
    names = (path.with_name(f"{path.name}.set-aside{number or ''}") for number in itertools.count())
    target = next(name for name in names if not name.exists())
    return path.rename(target)
