"""Whether Spark is available, checked before any data is read."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

from icp_pipeline.errors import SettingsError
from icp_pipeline.kept_json import read_kept, write_kept
from icp_pipeline.settings.engines import SparkSettings
from icp_pipeline.spark.exchange import Bucket, Exchange, SharedFolder, refuse_unusable
from icp_pipeline.warehouse.paths import work_dir

_OR_DUCKDB = "or take `engine` out of icp.yaml to build on DuckDB"
_SECONDS = 5
_CONNECT_PORT = 15002


def refuse_missing_spark(spark: SparkSettings) -> None:
    """Raise SettingsError with one line on what is missing: PySpark, Java, the server, or the place of tables."""
    if importlib.util.find_spec("pyspark") is None:
        raise SettingsError(
            "engine.spark: PySpark is not installed here: `pip install 'icp-pipeline[spark]'` (in a checkout `make "
            f"spark`), {_OR_DUCKDB}."
        )
    if spark.remote:
        _refuse_unreachable(spark.remote)
    elif not _java():
        raise SettingsError(
            f"engine.spark.master: Java is not installed here, and Spark {spark.master} needs 17 or newer: install it "
            f"(`java` on PATH, or JAVA_HOME), use a server with `remote`, {_OR_DUCKDB}."
        )
    if spark.bucket:
        refuse_unusable(spark.bucket)
    elif spark.tables and not (Path(spark.tables).is_dir() and os.access(spark.tables, os.W_OK)):
        raise SettingsError(
            f"engine.spark.tables: {spark.tables} is not a folder that can be written to here: mount it under the path "
            "that Spark's workers have it under, or name another."
        )


def _java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(home and Path(home, "bin", "java").is_file()) or shutil.which("java") is not None


def _refuse_unreachable(remote: str) -> None:
    # Its own client would retry for minutes.
    address = urlsplit(remote)
    host, port = address.hostname or "", address.port or _CONNECT_PORT
    try:
        socket.create_connection((host, port), timeout=_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise SettingsError(
            f"engine.spark.remote: no Spark Connect server answers at {host}:{port} ({reason}): start it "
            f"(start-connect-server.sh), correct the address, {_OR_DUCKDB}."
        ) from None


def exchange_folder(spark: SparkSettings, home: Path, run_id: str) -> Path:
    """The run's files for Spark, on this machine: several homes may share `tables`."""
    parent = Path(spark.tables) if spark.tables and not spark.bucket else work_dir(home)
    return parent / f"icp_{run_id}"


def make_exchange(spark: SparkSettings, home: Path, folder: Path) -> Exchange:
    """Make the folder, and delete what this home's last run left under `tables` if it was killed.

    The home notes where that was: homes of other machines may have the same path and be running, as may the original
    of a copied home. The caller holds the home's lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    exchange = Bucket(spark.bucket, home, folder) if spark.bucket else SharedFolder(folder)
    if spark.tables:
        note, key = home / "state" / "spark_folder", str(home.resolve())
        tables, _, last = (read_kept(note, key) or "").rpartition("/")
        if tables == spark.tables:
            exchange.remove(last)
        write_kept(note, key, f"{spark.tables}/{folder.name}")
    exchange.begin()
    return exchange
