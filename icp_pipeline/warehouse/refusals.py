"""Turns errors of the operating system into ones that a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from icp_pipeline import duck
from icp_pipeline.errors import ModelError, PublishError, SourceError
from icp_pipeline.warehouse.build import without_values

# What is left to a person, by who is to blame.
REFUSED = (
    "The last version stays live. Free disk space or memory, or fix the owner and mode of the home folder, then run "
    "again."
)
FAILED = (
    "The last version stays live. Disk space is not the problem. If you changed `sql/`, run `icp check`; otherwise "
    "this is a bug: report it with the traceback from Dagster's history (`icp dev`)."
)
# Parquet is read from nowhere else.
_LAKE = (
    "A file in `lake/` is damaged. The last version stays live. Delete that folder; the next run rebuilds it from "
    "`landing/`."
)
# What DuckDB's messages begin with where the machine is to blame; all others are about a query, or what it met.
_OF_THE_SYSTEM = (
    "IO Error",
    "Out of Memory Error",
    "Permission Error",
    "TransactionContext Error: Failed to commit",
    "FATAL Error",
)


@contextmanager
def named_refusals(folder: Path) -> Iterator[None]:
    """Turn system errors (full disk, another user's folder, out of memory) into one line that says where.

    An operating system names no file when a write fails half-way; then it is the folder that this part writes to. A
    query that fails for another reason is a ModelError, without the value that it failed on.
    """
    try:
        yield
    except pa.ArrowInvalid as error:
        _refuse_damaged(error, folder)
        raise
    except duck.DuckError as error:
        _refuse_damaged(error, folder)
        if not is_refusal(error):
            raise ModelError(f"{folder}: a query failed: {sentence(error)} {FAILED}") from error
        raise PublishError(f"{folder}: {sentence(error)} {REFUSED}") from error
    except OSError as error:
        raise PublishError(f"{error.filename or folder}: {error.strerror or error}. {REFUSED}") from error


def _refuse_damaged(error: Exception, folder: Path) -> None:
    """Both readers of Parquet say by its name that a file is none."""
    if "Parquet" in str(error) or "magic bytes" in str(error):
        raise SourceError(f"{folder}: {' '.join(str(error).split())[:300]} {_LAKE}") from error


def sentence(error: duck.DuckError) -> str:
    """DuckDB's message as a sentence, without values."""
    text = without_values(error)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def is_refusal(error: duck.DuckError) -> bool:
    """Whether the cause is the machine, not a query or its data."""
    return str(error).startswith(_OF_THE_SYSTEM)
