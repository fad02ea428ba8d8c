"""Tables built by another engine: passes their inputs on as Parquet, and takes the results in."""

from __future__ import annotations

import itertools
import math
import os
import threading
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from icp_pipeline import duck
from icp_pipeline.catalog.inputs import inputs_of
from icp_pipeline.disk import copy_bytes, sync
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName, literal, quoted
from icp_pipeline.warehouse.engine import ANY, Engine, Made, Part, Rows
from icp_pipeline.warehouse.shown_files import (
    LARGE_BYTES,
    content_name,
    files_of_view,
    finish,
    is_kept,
    select_from,
)

Shown = Mapping[TableName, Sequence[Path]]


class Handover:
    """Between the work file and an engine that cannot read it; for all threads that build.

    `kept` is the folder of files that versions show: a large result goes there, named by its partition, if it holds
    one, and by its content, and the table is a view on it. Without one, all results are copied into the work file.
    """

    def __init__(self, engine: Engine, kept: Path | None) -> None:
        self.engine = engine
        self._kept = kept
        self._numbers = itertools.count()
        self._known: dict[TableName, Rows] = {}
        self._parts: dict[TableName, tuple[Made, Mapping[str, str]]] = {}
        self._lock = threading.Lock()

    @property
    def keeps_views(self) -> bool:
        """Whether a large table is a view on files, and not copied into the work file."""
        return self._kept is not None

    @property
    def large_bytes(self) -> float:
        """From how many bytes on a table's files are shown."""
        return LARGE_BYTES if self.keeps_views else math.inf

    def make(self, connection: duck.Connection, model: Model, shown: Shown) -> tuple[str, str]:
        """Have a model built; returns `table` or `view`, and its SELECT in DuckDB."""
        made, columns = self._make(connection, model, shown)
        files = [path for paths in made.values() for path in paths]
        if sum(path.stat().st_size for path in files) >= self.large_bytes:
            return self._shown(model.name, self._named_by_content(model.name, made), columns)
        self.forget(model.name)
        if files:
            self._known[model.name] = Rows(tuple(files), columns)
        return "table", _select(files, columns)

    def make_part(self, connection: duck.Connection, model: Model, shown: Shown, part: Part) -> str:
        """Have some partitions built; returns the SELECT of their rows. `exchange` makes them part of the table."""
        made, columns = self._make(connection, model, shown, part)
        self._parts[model.name] = made, columns
        return _select([path for paths in made.values() for path in paths], columns)

    def takes_parts(self, files: Sequence[Path]) -> bool:
        """Whether partitions in the files of a view can be replaced; in a table they always can."""
        return self.keeps_views and all(partition_of(path) != ANY for path in files)

    def exchange(self, name: TableName, files: Sequence[Path], partitions: Collection[str]) -> tuple[str, str]:
        """A view on these partitions as just built, and on the old files for all others."""
        made, columns = self._parts.pop(name)
        others = [path for path in files if partition_of(path) not in partitions]
        new = {partition: paths for partition, paths in made.items() if partition in partitions}
        return self._shown(name, others + self._named_by_content(name, new), columns)

    def _make(
        self, connection: duck.Connection, model: Model, shown: Shown, part: Part | None = None
    ) -> tuple[Made, Mapping[str, str]]:
        # DuckDB says which types, so that a table is the same whoever makes it.
        columns = {row[0]: row[1] for row in connection.execute(f"describe {model.sql}").fetchall()}
        return self.engine.make(model, columns, lambda name: self._rows(connection, name, shown), part), columns

    def _shown(self, name: TableName, files: Sequence[Path], columns: Mapping[str, str]) -> tuple[str, str]:
        self.forget(name)
        if files:
            self._known[name] = Rows(tuple(files), columns)
        return "view" if files else "table", _select(files, columns)

    def _named_by_content(self, name: TableName, made: Made) -> list[Path]:
        if self._kept is None:
            raise AssertionError(f"{name}: a view, though no files are kept")
        folder = self._kept / str(name)
        folder.mkdir(parents=True, exist_ok=True)
        files = [_named_by_content(path, folder, partition) for partition, paths in made.items() for path in paths]
        sync(folder)
        return files

    def forget(self, name: TableName) -> None:
        """Forget what was known of a table: it has changed."""
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
        return self._kept is not None and is_kept(name, files)

    def _copy(self, connection: duck.Connection, name: TableName) -> Path:
        path = self.engine.folder / f"{name}.{next(self._numbers)}.parquet"
        connection.execute(f"copy (from {name}) to {literal(str(path))} (format parquet)")
        return path


def partition_of(path: Path) -> str:
    """The partition in a kept file, by its name; `ANY` if it is not of one."""
    *partition, _, _ = path.name.split(".")
    return ".".join(partition) or ANY


def _select(files: Sequence[Path], columns: Mapping[str, str]) -> str:
    if files:
        return f"select * from {select_from(files, columns)}"
    nothing = ", ".join(f"cast(null as {kind}) as {quoted(column)}" for column, kind in columns.items())
    return f"select {nothing} where false"


def _named_by_content(path: Path, folder: Path, partition: str) -> Path:
    """Copy a file to a name made of its content hash; a file already there is the same."""
    target = folder / content_name(path, partition)
    if not target.exists():
        draft = folder / f".{target.name}.{os.getpid()}.tmp"
        # Copied: out of a folder of another account's Spark it could not be moved.
        copy_bytes(path, draft)
        finish(draft, target)
    return target
