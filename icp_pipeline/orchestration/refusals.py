"""What the operating system refuses, as errors that a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from icp_pipeline import duck
from icp_pipeline.errors import PublishError
from icp_pipeline.warehouse.build import without_values

_REFUSED = (
    "What was live stays. Free space or memory, or correct the owner and mode of the home folder, then run again."
)


@contextmanager
def named_refusals(folder: Path) -> Iterator[None]:
    """What the system refuses (a full disk, another user's folder, more memory) is one line that says where.

    An operating system names no file when a write fails half-way; then it is the folder that this part writes to.
    """
    try:
        yield
    except duck.DuckError as error:
        raise PublishError(f"{folder}: {without_values(error)} {_REFUSED}") from error
    except OSError as error:
        raise PublishError(f"{error.filename or folder}: {error.strerror or error}. {_REFUSED}") from error
