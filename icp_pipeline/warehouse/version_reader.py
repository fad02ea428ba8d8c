"""Opens a published version to read: its file, and the files that its views show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from icp_pipeline import duck
from icp_pipeline.warehouse.paths import shown_dir


@contextmanager
def read_version(path: Path) -> Iterator[duck.Connection]:
    """A read-only connection to a version's file, which is closed at the end. Raises DuckError if it cannot be opened.

    A query of a view whose files were not copied with the version raises DuckError, too.
    """
    with duck.connect(path, read_only=True, allowed=[shown_dir(path.resolve().parents[2])]) as connection:
        yield connection
