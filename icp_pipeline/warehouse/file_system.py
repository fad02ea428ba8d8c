"""Tests what a home needs of its file system before anything is built, not at the end of a run."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from icp_pipeline.errors import PublishError

# What a file system answers that has no such thing. ENOSYS of a lock is not among them: there is a way without.
_LACKING = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EPERM, errno.ENOSYS}
_LOCAL = "move the home to a local disk (many network shares and memory cards lack them). Nothing was published."


def refuse_unfit(home: Path) -> None:
    """Raise PublishError that names what the file system lacks: locks, symbolic links, or the right to write.

    Raises OSError if it is a fault instead, such as a full disk.
    """
    folder = home / "state"
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".probe.{os.getpid()}"
    try:
        _try_lock(probe, home)
        _try_link(probe, home)
    finally:
        probe.unlink(missing_ok=True)


def _try_lock(probe: Path, home: Path) -> None:
    with probe.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _LACKING - {errno.ENOSYS}:
                raise PublishError(
                    f"{home}: this file system does not support locks ({error.strerror}): {_LOCAL}"
                ) from error
            if error.errno != errno.ENOSYS:
                raise


def _try_link(probe: Path, home: Path) -> None:
    probe.unlink()
    try:
        probe.symlink_to("target")
    except OSError as error:
        if error.errno in _LACKING:
            raise PublishError(
                f"{home}: this file system does not support symbolic links ({error.strerror}): {_LOCAL}"
            ) from error
        raise
