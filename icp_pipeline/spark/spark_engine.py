"""Builds models on Spark: reads Parquet, runs the model's SELECT in Spark's SQL, writes Parquet."""

from __future__ import annotations

import contextlib
import itertools
import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icp_pipeline.catalog.inputs import DAY_COLUMNS
from icp_pipeline.errors import IcpError, ModelError, SparkError
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Model
from icp_pipeline.models.portable import transpile, type_in
from icp_pipeline.names import TableName
from icp_pipeline.settings.engines import SparkSettings
from icp_pipeline.spark.exchange import Exchange, SharedFolder
from icp_pipeline.spark.placement import models_on_spark
from icp_pipeline.spark.sessions import (
    is_remote,
    refuse_other_place,
    rows_of,
    session_for_small_tables,
    spark_session,
    write_counted,
    written_by_value,
)
from icp_pipeline.spark.workers import on_workers
from icp_pipeline.warehouse.engine import Inputs, Made, Part, Rows

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType

# Below this size as Parquet, the inputs of a model are small.
_LARGE_BYTES = 16_000_000
_LOST = re.compile(r"ExecutorLostFailure|executor lost|Master removed|MetadataFetchFailed|All masters are unresponsive")
_SHORT_OF_MEMORY = re.compile(r"UNABLE_TO_ACQUIRE_MEMORY|OutOfMemoryError|Java heap space|GC overhead limit")
_STOPPED = re.compile(
    r"SparkContext was shut down|stopped SparkContext|Connection (refused|reset)|Socket closed|UNAVAILABLE"
    r"|Py4JNetworkError|RETRIES_EXCEEDED"
)


class _Views:
    """The work file's tables in a session, as temporary views."""

    def __init__(self, session: SparkSession, graph: ModelGraph, exchange: Exchange) -> None:
        self.session = session
        self._graph = graph
        self._exchange = exchange
        self._seen: dict[TableName, Rows] = {}
        self._lock = threading.Lock()

    def sql(self, model: Model, inputs: Mapping[TableName, Rows], part: Part | None = None) -> str:
        """The model's SELECT in Spark's SQL, over views of what it reads."""
        for name in model.depends_on:
            self._see(name, inputs)
        names = {name: _view(name) for name in model.depends_on}
        if part:
            for name in part.inputs:
                rows = self.session.table(names[name]).where(_of_part(part, inputs[name].columns))
                names[name] = _view(name, model.name)
                rows.createOrReplaceTempView(names[name])
        types = {name: inputs[name].columns for name in model.depends_on}
        return transpile(model, "spark", types, names.__getitem__)

    def _see(self, name: TableName, inputs: Mapping[TableName, Rows]) -> None:
        rows = inputs[name]
        if not rows.files:
            self.session.sql(self.sql(self._graph[name], inputs)).createOrReplaceTempView(_view(name))
            return
        with self._lock:
            if self._seen.get(name) != rows:
                read = self.session.read.parquet(*self._exchange.send(rows.files))
                read.selectExpr(*_casts(rows.columns)).createOrReplaceTempView(_view(name))
                self._seen[name] = rows


class SparkEngine:
    """An `Engine` that several threads use at the same time."""

    def __init__(
        self,
        session: SparkSession,
        small: SparkSession,
        graph: ModelGraph,
        chosen: Collection[TableName],
        exchange: Exchange,
    ) -> None:
        self.version = f"Spark {session.version}"
        self.folder = exchange.folder
        self._exchange = exchange
        self._graph = graph
        self._chosen = frozenset(chosen)
        self._numbers = itertools.count()
        self._large = _Views(session, graph, exchange)
        self._small = _Views(small, graph, exchange)

    def makes(self, model: Model) -> bool:
        """Whether this model is built on Spark."""
        return model.name in self._chosen

    def make(self, model: Model, columns: Mapping[str, str], inputs: Inputs, part: Part | None = None) -> Made:
        """Build a table with these columns and types, or a part of it; returns its Parquet files.

        Raises SparkError if it cannot be built, and ModelError if its types differ; both say why, without any cell.
        """
        name = f"{model.name}.made.{next(self._numbers)}"
        rows = self._all_read(model, inputs)
        size = sum(path.stat().st_size for table in rows.values() for path in table.files)
        views = self._large if size >= _LARGE_BYTES else self._small
        by = _days_of(model) if part or size >= _LARGE_BYTES else None
        with _named(model):
            found = views.session.sql(views.sql(model, rows, part))
            _refuse_other_types(model, columns, found.schema)
            count = write_counted(
                found.where(_of_part(part, columns)) if part else found, self._exchange.address(name), by
            )
        made = written_by_value(self._exchange.fetch(name))
        files = [path for paths in made.values() for path in paths]
        if rows_of(files) != count:
            raise SparkError(
                f"{model.path}: {model.name}: of {count:,} rows that Spark wrote to {self._exchange.address(name)}, "
                f"{rows_of(files):,} are here. The last version stays live. {self._exchange.missing_rows}"
            )
        return made

    def on_workers(self, function: Callable[[Any], str], jobs: Sequence[Any]) -> list[str]:
        """The function's result for each job, called by Spark's workers; raises SparkError if they cannot."""
        return on_workers(self._large.session, function, jobs)

    def interrupt(self) -> None:
        """Stop what is being built."""
        self._exchange.interrupt()
        with contextlib.suppress(Exception):  # nothing to stop if Spark is gone
            for session in (self._large.session, self._small.session):
                if is_remote(session):
                    session.interruptAll()
                else:
                    session.sparkContext.cancelAllJobs()

    def _all_read(self, model: Model, inputs: Inputs) -> dict[TableName, Rows]:
        """What a model reads, and what its inputs that are views read."""
        found: dict[TableName, Rows] = {}
        waiting = list(model.depends_on)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = inputs(name)
                waiting += () if found[name].files else self._graph[name].depends_on
        return found


@contextmanager
def spark_engine(
    spark: SparkSettings, graph: ModelGraph, folder: Path, exchange: Exchange | None = None
) -> Iterator[SparkEngine]:
    """Open Spark for the models it builds. The folder and what is exchanged belong to this run: deleted at the end.

    By default files are exchanged in the folder, which workers then share.
    """
    exchange = exchange or SharedFolder(folder)
    try:
        with spark_session(spark, folder) as session, session_for_small_tables(session) as small:
            refuse_other_place(session, spark, exchange)
            yield SparkEngine(session, small, graph, models_on_spark(graph, spark.models), exchange)
    finally:
        exchange.close()


def _view(table: TableName, of: TableName | None = None) -> str:
    """A temporary view has no schema. `of` is the model for which it holds only some partitions."""
    return f"{table.schema}__{table.table}" + (f"__of__{_view(of)}" if of else "")


def _days_of(model: Model) -> str | None:
    """The day column that a model is partitioned by."""
    column = model.partition_column
    return column if model.builds_partitions and column in DAY_COLUMNS else None


def _of_part(part: Part, columns: Mapping[str, str]) -> str:
    """Constants of the column's own type, which limit what is read from each file."""
    kind = type_in("spark", columns[part.column])
    listed = ", ".join(f"cast('{partition}' as {kind})" for partition in sorted(part.partitions))
    return f"`{part.column}` in ({listed})"


def _casts(columns: Mapping[str, str]) -> list[str]:
    return [f"cast(`{name}` as {type_in('spark', kind)}) as `{name}`" for name, kind in columns.items()]


def _refuse_other_types(model: Model, columns: Mapping[str, str], found: StructType) -> None:
    wanted = [(name, _plain(type_in("spark", kind))) for name, kind in columns.items()]
    came = [(field.name, _plain(field.dataType.simpleString())) for field in found.fields]
    if wanted != came:
        others = [f"{name} is {kind}" for name, kind in came if (name, kind) not in wanted]
        expected = [f"{name} {kind}" for name, kind in wanted if (name, kind) not in came]
        raise ModelError(
            f"{model.path}: {model.name} has other types on Spark: {', '.join(others)}; expected "
            f"{', '.join(expected)}. Say the type in the SELECT, with a cast."
        )


def _plain(kind: str) -> str:
    return kind.lower().replace(" ", "")


@contextmanager
def _named(model: Model) -> Iterator[None]:
    """Spark's errors quote cells, plans and paths, so only Spark's name for the error is reported."""
    try:
        yield
    except IcpError:
        raise
    except Exception as error:
        raise SparkError(f"{model.path}: {model.name} cannot be built on Spark: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    text = str(error)
    if _LOST.search(text):
        return "a worker was lost, and its tasks failed elsewhere too. The last version stays live. Run again."
    if _SHORT_OF_MEMORY.search(text):
        return (
            "it lacks memory. The last version stays live. Give it more (`spark.driver.memory 8g` in "
            "spark-defaults.conf in the folder that SPARK_CONF_DIR names, or in its server's settings), then run again."
        )
    if _STOPPED.search(text) or isinstance(error, ConnectionError):
        return (
            "Spark stopped. The last version stays live. Restart the server; a server of the run's own may lack memory."
        )
    inner = re.search(r"\[([A-Z][A-Z0-9_.]+)\]", text)
    said = getattr(error, "getCondition", lambda: None)() or (inner and inner[1])
    return f"{said or type(error).__name__}. The last version stays live; `icp docs --sql spark` writes what was run."
