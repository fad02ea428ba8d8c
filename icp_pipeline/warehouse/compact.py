"""Copies a version to continue from, as it is or compacted; compacts a new one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from icp_pipeline import duck
from icp_pipeline.disk import copy_bytes
from icp_pipeline.names import literal, quoted

# Blocks of replaced tables stay in a file as free ones. Night after night they were as many as those in use.
_FREE_SHARE = 1 / 3


def copy_version(version: Path, path: Path, temp_directory: Path, allowed: Sequence[Path]) -> None:
    """Copy a version's file to `path`, table by table where that makes it smaller; with the same rows in their order.

    `allowed` are the folders of the version and of the files that its views show. Raises OSError when the disk is full.
    """
    if _is_roomy(version):
        try:
            _copy_tables(version, path, temp_directory, allowed)
            return
        except duck.DuckError:  # such as a view whose files are gone, which is told where it is read
            duck.remove_database(path)
    copy_bytes(version, path)


def without_gaps(path: Path, temp_directory: Path, allowed: Sequence[Path]) -> None:
    """Write a closed file anew if many of its blocks are free. Raises DuckError when the disk is full."""
    if _is_roomy(path):
        # In a folder of its own, because DuckDB names a database after its file.
        draft = temp_directory / path.name
        _copy_tables(path, draft, temp_directory, [path.parent, *allowed])
        draft.replace(path)


def _copy_tables(source: Path, target: Path, temp_directory: Path, allowed: Sequence[Path]) -> None:
    with duck.connect(target, temp_directory=temp_directory, allowed=allowed) as connection:
        connection.execute(f"attach {literal(str(source))} as kept (read_only)")
        connection.execute(f"copy from database kept to {quoted(target.stem)}")
        connection.execute("detach kept")


def _is_roomy(version: Path) -> bool:
    """Whether compacting pays: its blocks are larger than a new file's, or many are free."""
    with duck.connect(version, read_only=True) as connection:
        block_bytes, blocks, free = connection.execute(
            "select block_size, total_blocks, free_blocks from pragma_database_size()"
        ).fetchone() or (0, 0, 0)
    return block_bytes > duck.BLOCK_BYTES or free > _FREE_SHARE * blocks
