"""A session on the Spark in the settings, which leaves nothing behind and shows no cell of a table."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icp_pipeline.errors import IcpError, SettingsError, SparkError
from icp_pipeline.models.portable import SPARK_SETTINGS
from icp_pipeline.settings.engines import SparkSettings
from icp_pipeline.spark.exchange import Exchange, is_written

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# ANSI mode, timestamps without a zone and decimals as in DuckDB need at least this version.
_LEAST = 4
# Messages of failed tasks quote cells, so there are no pages and no logs. Progress bars would mix with the output.
_SILENT = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.eventLog.enabled": "false",
}
# For a few megabytes, preparing each query would take most of the time: use one task and no code generation.
_SMALL = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.constraintPropagation.enabled": "false",
}
# Some ten seconds in total: a network may be down for that long.
_TRIES, _MOST_MILLISECONDS = 6, 4_000
# Enough tasks for each worker to get some.
_TRIED_ROWS, _TRIED_TASKS = 1_000, 100
# The folders by value, which Spark calls `<column>=<value>`; the column itself stays in the files.
_BY, _NULL = "icp_by", "__HIVE_DEFAULT_PARTITION__"
# Hadoop's words for an address of which no installed package knows the scheme.
_NO_SCHEME = re.compile(r"No FileSystem for scheme|UnsupportedFileSystem|Class \S+ not found|ClassNotFoundException")
_OF_NO_SCHEME = "does not know such addresses"
_LOOPBACK = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}


@contextmanager
def spark_session(spark: SparkSettings, folder: Path) -> Iterator[SparkSession]:
    """Open a session; a Spark started here ends with it. `folder` is for its temporary files.

    Raises SparkError if it does not start, SettingsError if it is too old.
    """
    try:
        session = _remote(spark.remote) if spark.remote else _own(spark.master or "", folder)
    except Exception as error:
        raise SparkError(
            f"engine.spark: Spark at {spark.address} could not start a session ({type(error).__name__}). Nothing "
            "was published. Correct the address, or the Spark there (4.0 or newer, on Java 17 or newer), or remove "
            "`engine` from icp.yaml to build on DuckDB."
        ) from error
    try:
        if int(session.version.split(".")[0]) < _LEAST:
            raise SettingsError(
                f"engine.spark: {spark.address} is Spark {session.version}; expected {_LEAST} or newer."
            )
        yield session
    finally:
        with contextlib.suppress(Exception):  # of a Spark that is gone, which was already reported
            session.stop()


@contextmanager
def session_for_small_tables(session: SparkSession) -> Iterator[SparkSession]:
    """Another session on the same Spark, with its own views."""
    small = session.newSession()
    if is_remote(small):
        _give_up_soon(small)
    for key, value in {**SPARK_SETTINGS, **_SMALL}.items():
        small.conf.set(key, value)
    try:
        yield small
    finally:
        if is_remote(small):  # otherwise Python waits for it at exit forever; elsewhere it would stop the other session
            small.stop()


def is_remote(session: SparkSession) -> bool:
    """Whether it is a session of a Spark Connect server."""
    return "connect" in type(session).__module__


def _own(master: str, folder: Path) -> SparkSession:
    from pyspark.sql import SparkSession

    places = {"spark.sql.warehouse.dir": str(folder / "tables"), "spark.local.dir": str(folder / "local")}
    is_local = master.startswith("local")
    settings = {**_SILENT, **SPARK_SETTINGS, **places, **(_LOOPBACK if is_local else {})}
    builder = SparkSession.builder.master(master).appName("icp")
    if is_local:  # its workers are on this machine, and run the same Python
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    for key, value in settings.items():
        builder = builder.config(key, value)
    with _quiet_start(), _own_interrupts():
        return builder.getOrCreate()


@contextmanager
def _own_interrupts() -> Iterator[None]:
    """PySpark replaces our signal handler, which ends a run with one line."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Java and Spark print on stderr that they start, before any logging setting is read."""
    sys.stderr.flush()
    stderr = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(nowhere)
        os.close(stderr)


def _remote(address: str) -> SparkSession:
    with warnings.catch_warnings():
        # About pandas, which nothing here uses through Spark.
        warnings.simplefilter("ignore", FutureWarning)
        from pyspark.sql.connect.session import SparkSession

    # Has the same methods as the other one.
    session: Any = SparkSession.builder.remote(address).create()
    _give_up_soon(session)
    for key, value in SPARK_SETTINGS.items():
        session.conf.set(key, value)
    return session


def _give_up_soon(session: Any) -> None:
    """By default a client retries a lost server for ten minutes."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    session.client.set_retry_policies([DefaultPolicy(max_retries=_TRIES, max_backoff=_MOST_MILLISECONDS)])


def write_counted(rows: DataFrame, address: str, by: str | None = None) -> int:
    """Write rows as Parquet to an address, partitioned by a column if given; returns the number of rows."""
    package = "pyspark.sql.connect" if "connect" in type(rows).__module__ else "pyspark.sql"
    observation, functions = (import_module(f"{package}.{name}") for name in ("observation", "functions"))
    written = observation.Observation()
    if by:
        # All rows of a value are in one task. Counted after the shuffle: a repeated task would count twice before it.
        rows = rows.withColumn(_BY, functions.col(by)).repartition(functions.col(_BY))
    counted = rows.observe(written, functions.count(functions.lit(1)).alias("rows"))
    writer = counted.write.option("compression", "zstd")
    (writer.partitionBy(_BY) if by else writer).parquet(address)
    found = written.get.get("rows")  # nothing is observed if Spark knows in advance that there are no rows
    return int(rows.count() if found is None else found)


def written_by_value(folder: Path) -> dict[str, list[Path]]:
    """The files that `write_counted` wrote, by the value as text; empty for files without one."""
    found: dict[str, list[Path]] = {}
    for path in sorted(path for path in folder.rglob("*") if is_written(path.relative_to(folder))):
        name, _, value = path.parent.name.partition("=")
        found.setdefault(value if name == _BY and value != _NULL else "", []).append(path)
    return found


def rows_of(files: Sequence[Path]) -> int:
    """Rows of Parquet files that are here."""
    from pyarrow import parquet

    return sum(parquet.read_metadata(path).num_rows for path in files)


def refuse_other_place(session: SparkSession, spark: SparkSettings, exchange: Exchange) -> None:
    """Check that workers write where we can read; else tables would be built and then be missing, or incomplete."""
    if spark.master and spark.master.startswith("local") and not spark.bucket:
        return
    try:
        session.range(0, _TRIED_ROWS, 1, _TRIED_TASKS).write.parquet(exchange.address("seen"))
        found = rows_of([path for paths in written_by_value(exchange.fetch("seen")).values() for path in paths])
    except IcpError:
        raise
    except Exception as error:
        said = type(error).__name__
        problem = _OF_NO_SCHEME if _NO_SCHEME.search(str(error)) else f"cannot write there ({said})"
        raise SparkError(_other_place(spark, exchange, problem)) from None
    if found != _TRIED_ROWS:
        problem = f"wrote {_TRIED_ROWS:,} rows there, of which {found:,} are here"
        raise SparkError(_other_place(spark, exchange, problem))


def _other_place(spark: SparkSettings, exchange: Exchange, what: str) -> str:
    own = "That is in the home, or in TMPDIR where the run is a dry one, because there is no `tables`: name"
    needed = "`tables` has to be" if spark.tables else own
    advice = (
        "Spark needs its own credentials for the bucket (for s3a `spark.hadoop.fs.s3a.*`, or its machines' role), the "
        "same endpoint as this machine, and an address that it knows: Spark as Apache releases it knows s3a:// with "
        "the hadoop-aws of its Hadoop version, EMR and Databricks know s3://."
        if spark.bucket
        else f"{needed} a folder that this machine and Spark's workers have under the same path, and may both write to."
    )
    return f"engine.spark: Spark at {spark.address} {what}: {spark.bucket or exchange.folder}. {advice}"
