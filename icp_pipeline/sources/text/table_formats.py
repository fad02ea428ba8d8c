"""Folders that are Delta Lake, Hudi or Iceberg tables: their Parquet files hold deleted and outdated rows, too."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_BY_FOLDER = {"Delta Lake": "_delta_log", "Hudi": ".hoodie"}
_ICEBERG = "metadata"
_ICEBERG_METADATA = ".metadata.json"
_PART = ".parquet"


@dataclass(frozen=True)
class TableFormat:
    """A format whose files alone do not say which rows count; `records` is the folder that does."""

    name: str
    records: str

    @property
    def refusal(self) -> str:
        """Why the table is blocked, and what to do."""
        return (
            f"the records of a {self.name} table, whose Parquet files also hold rows that were deleted or replaced, so "
            "none of them was read. Export what the table holds now, such as `select *`, as plain Parquet or CSV into "
            "a folder of its own; compacting the table (OPTIMIZE, VACUUM) is not enough"
        )

    @property
    def skip(self) -> str:
        """Why a part of the table is ignored."""
        return f"a part of a {self.name} table, which is blocked as a whole"


def table_format(folder: Path) -> TableFormat | None:
    """The format of the table that a folder is; None for any other folder, or one without a Parquet file."""
    found = _records(folder)
    return found if found and _has_parts(folder, found.records) else None


def is_part(name: str) -> bool:
    """Whether a file inside a table's folder holds rows of it."""
    return name.casefold().endswith(_PART)


def _records(folder: Path) -> TableFormat | None:
    names = {entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)}
    for name, records in _BY_FOLDER.items():
        if records in names:
            return TableFormat(name, records)
    if _ICEBERG in names and any(entry.name.endswith(_ICEBERG_METADATA) for entry in os.scandir(folder / _ICEBERG)):
        return TableFormat("Iceberg", _ICEBERG)
    return None


def _has_parts(folder: Path, records: str) -> bool:
    for where, folders, files in os.walk(folder):
        if Path(where) == folder:
            # A checkpoint of the log is Parquet, too.
            folders.remove(records)
        if any(is_part(name) for name in files):
            return True
    return False
