"""The lake on disk: one folder per landed file and way of reading it, written once and never changed.

A folder's name is a hash of the file's content, its path, the reader's version and the columns asked for. It appears by
one rename when it is complete, so a killed run leaves nothing that a later one could take for complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import uuid
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.code_digest import code_digest
from icp_pipeline.disk import remove
from icp_pipeline.sources.scan import Found
from icp_pipeline.sources.table.reading import Reading

_SIDECAR = "about.json"
_INDEX = "index.json"
_UNFINISHED = "unfinished-"
_KEEP_DAYS = 30


@cache
def reader_version() -> str:
    """Changes with the code of this room, so that a better reader reads files again.

    DuckDB's version is part of it, because event ids are stored as DuckDB hashes.
    """
    digest = hashlib.sha256(f"{version('duckdb')} {KINDS}".encode())
    digest.update(code_digest(Path(__file__).parent))
    return digest.hexdigest()[:16]


class Store:
    """The lake folder: finished entries, and an index that saves hashing unchanged files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.entries = root / "files"
        self.net_usage = root / "usage"
        self.repeats = root / "repeats"
        self.snapshots = root / "snapshots"
        self.entries.mkdir(parents=True, exist_ok=True)
        self._index = self._read_index()
        self._known = dict(self._index)
        self._used: set[str] = set()

    def clean_up(self) -> None:
        """Remove what a dead run left unfinished; only for the run that lands, because others may be writing for it."""
        for leftover in [*self.entries.glob(f"{_UNFINISHED}*"), *self.net_usage.glob("*.tmp")]:
            remove(leftover)

    def content_hash(self, found: Found) -> str:
        """SHA-256 of a landed file, from the index if the file is unchanged."""
        noted = self._index.get(found.name)
        if noted and noted["stamp"] == found.stamp:
            return str(noted["sha256"])
        with found.path.open("rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
        self.note(found, digest)
        return digest

    def note(self, found: Found, sha256: str) -> None:
        """Remember a file's content hash as long as the file is unchanged."""
        self._index[found.name] = {"stamp": found.stamp, "sha256": sha256}

    def knows(self, found: Found) -> bool:
        """Whether an earlier run has read this exact file, with whatever result."""
        known = self._known.get(found.name)
        return known is not None and known["stamp"] == found.stamp

    def key(self, sha256: str, name: str, way: object) -> str:
        """The entry's name for this content, path and way of reading."""
        text = json.dumps([sha256, name, reader_version(), way], sort_keys=True, default=repr)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def load(self, key: str) -> dict[str, Any] | None:
        """What a finished entry says about itself, or None if the file has to be read.

        The entry of a file that was read in parts names theirs, and is finished as long as they are there.
        """
        self._used.add(key)
        try:
            about = dict(json.loads((self.entries / key / _SIDECAR).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return None
        return None if any(self.load(part) is None for part in about.get("parts", ())) else about

    def begin(self, key: str) -> Path:
        """A private folder to write an entry into."""
        folder = self.entries / f"{_UNFINISHED}{key}-{uuid.uuid4().hex}"
        folder.mkdir(parents=True)
        return folder

    def commit(self, key: str, folder: Path, reading: Reading, about: dict[str, Any]) -> dict[str, Any]:
        """Write the results beside what is already in the folder, and make the entry appear at once."""
        for kind, table in reading.tables.items():
            _write(table, folder / f"{kind}.parquet")
        if reading.rejects.num_rows:
            _write(reading.rejects, folder / "reject.parquet")
        about = about | {"tables": sorted(path.stem for path in folder.glob("*.parquet"))}
        (folder / _SIDECAR).write_text(json.dumps(about, indent=1), encoding="utf-8")
        target = self.entries / key
        if self.load(key) is not None:  # two read the same file at the same time, and the other was first
            shutil.rmtree(folder)
            return about
        if target.exists():
            shutil.rmtree(target)
        folder.replace(target)
        return about

    def finish(self, present: set[str]) -> None:
        """Save the index, and drop entries that no run has used for a month."""
        index = {name: entry for name, entry in self._index.items() if name in present}
        unfinished = self.root / f"{_INDEX}.tmp"
        unfinished.write_text(json.dumps(index), encoding="utf-8")
        unfinished.replace(self.root / _INDEX)
        before = time.time() - _KEEP_DAYS * 86400
        for key in self._used:
            if (self.entries / key).is_dir():
                os.utime(self.entries / key)
        for entry in self.entries.iterdir():
            if entry.name not in self._used and entry.stat().st_mtime < before:
                shutil.rmtree(entry)

    def _read_index(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.root / _INDEX).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")
