"""Tables that another engine builds: what they read is handed over as Parquet, what it made is taken in."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from icp_pipeline import duck
from icp_pipeline.catalog.inputs import inputs_of
from icp_pipeline.disk import sync
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName, literal
from icp_pipeline.warehouse.engine import Engine, Rows
from icp_pipeline.warehouse.shown_files import LARGE_BYTES, files_of_view, select_from
from icp_pipeline.warehouse.versions import checksum

Shown = Mapping[TableName, Sequence[Path]]


class Handover:
    """Between the work file and an engine that cannot read it; for all threads that build.

    `kept` is the folder of files that versions show: a large result goes there, named by its content, and the table is
    a view on it. Without one, all results are copied into the work file.
    """

    def __init__(self, engine: Engine, kept: Path | None) -> None:
        self.engine = engine
        self._kept = kept
        self._numbers = itertools.count()
        self._known: dict[TableName, Rows] = {}
        self._lock = threading.Lock()

    @property
    def keeps_views(self) -> bool:
        """Whether a large table is a view on files, and not copied into the work file."""
        return self._kept is not None

    def make(self, connection: duck.Connection, model: Model, shown: Shown) -> tuple[str, str]:
        """Have a model built; returns `table` or `view`, and the SELECT that it is in DuckDB."""
        # DuckDB says which types, so that a table is the same whoever makes it.
        columns = {row[0]: row[1] for row in connection.execute(f"describe {model.sql}").fetchall()}
        files = list(self.engine.make(model, columns, lambda name: self._rows(connection, name, shown)))
        kind = "table"
        if self._kept is not None and sum(path.stat().st_size for path in files) >= LARGE_BYTES:
            folder = self._kept / str(model.name)
            folder.mkdir(parents=True, exist_ok=True)
            files, kind = [_named_by_content(path, folder) for path in files], "view"
            sync(folder)
        self._known[model.name] = Rows(tuple(files), columns)
        return kind, f"select * from {select_from(files, columns)}"

    def forget(self, name: TableName) -> None:
        """A table holds something else now."""
        self._known.pop(name, None)

    def _rows(self, connection: duck.Connection, name: TableName, shown: Shown) -> Rows:
        if name in shown:
            return Rows(tuple(shown[name]), inputs_of(name.schema)[name])
        with self._lock:  # of two that read the same table at the same time, one copies it
            if name in self._known:
                return self._known[name]
            files = files_of_view(connection, name)
            columns = {row[0]: row[1] for row in connection.execute(f"describe {name}").fetchall()}
            if files is not None and not self._is_made_here(name, files):
                return Rows((), columns)
            rows = Rows(tuple(files or [self._copy(connection, name)]), columns)
            if name.schema != "history":  # to which a run adds
                self._known[name] = rows
            return rows

    def _is_made_here(self, name: TableName, files: Sequence[Path]) -> bool:
        folder = self._kept and (self._kept / str(name)).resolve()
        return all(path.parent.resolve() == folder for path in files)

    def _copy(self, connection: duck.Connection, name: TableName) -> Path:
        path = self.engine.folder / f"{name}.{next(self._numbers)}.parquet"
        connection.execute(f"copy (from {name}) to {literal(str(path))} (format parquet)")
        return path


def _named_by_content(path: Path, folder: Path) -> Path:
    """Move a file to where its name says what it holds; one that is there already is the same."""
    target = folder / f"{checksum(path)[:32]}.parquet"
    if not target.exists():
        draft = folder / f".{target.name}.{os.getpid()}.tmp"
        # Copied: out of a folder of another account's Spark it could not be moved.
        shutil.copyfile(path, draft)
        draft.chmod(0o444)
        sync(draft)
        draft.replace(target)
    return target
