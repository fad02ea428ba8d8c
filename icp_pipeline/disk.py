"""What files need beyond being written: to be forced to the disk, removed, and kept when they are in the way."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_AT_A_TIME = 8


def sync(path: Path) -> None:
    """Force a file, or a folder's list of names, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_all(folder: Path) -> None:
    """The same for a folder with everything in it: together, because the disk takes many at once in one go."""
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        list(pool.map(sync, [*folder.rglob("*"), folder]))


def remove(path: Path, *, if_possible: bool = False) -> None:
    """Remove a file, a link, or a folder with everything in it, if it exists.

    Raises OSError for what cannot be removed; with `if_possible` it is left in place instead.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=if_possible)
        return
    with contextlib.suppress(OSError) if if_possible else contextlib.nullcontext():
        path.unlink(missing_ok=True)


def let_all_read(folder: Path) -> None:
    """Let everybody read a folder and what is in it, whatever the umask: who gets there is for the folder around it."""
    for path in (folder, *folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode | (0o555 if path.is_dir() else 0o444))


def set_aside(path: Path) -> Path:
    """Rename what stands in the way and may be somebody's work; returns its new place beside the old one."""
    names = (path.with_name(f"{path.name}.set-aside{number or ''}") for number in itertools.count())
    target = next(name for name in names if not name.exists())
    return path.rename(target)
