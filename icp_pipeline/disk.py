"""What files need beyond being written: to be forced to the disk, removed, and kept when they are in the way."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_AT_A_TIME = 8
_AT_ONCE = 1 << 30
# Answers of a kernel or file system that does not copy by itself, or not between these two.
_NOT_WITHIN_THE_KERNEL = {errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.EPERM}


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


def copy_bytes(source: Path, target: Path) -> None:
    """Copy a file's bytes, without its mode; on XFS, Btrfs and others the copy takes only what is changed in it later.

    Python's own `shutil` asks for that from 3.14 on.
    """
    if sys.platform == "linux":
        try:
            with source.open("rb", buffering=0) as read, target.open("wb", buffering=0) as written:
                while os.copy_file_range(read.fileno(), written.fileno(), _AT_ONCE):
                    pass
                if written.tell() == os.fstat(read.fileno()).st_size:  # some network file systems say 0 too early
                    return
        except OSError as error:
            if error.errno not in _NOT_WITHIN_THE_KERNEL:
                raise
    shutil.copyfile(source, target)


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
