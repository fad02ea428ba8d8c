"""Workers, server and run are killed while tables are built: the last version stays live, nothing partial remains."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from orchestration.published_homes import Shared, State, first_run, icp, run_ids, sample_home
from test_sample_on_spark import differing_tables

from bench.spark_cluster import Cluster, cluster, kill
from icp_pipeline.home import Home
from icp_pipeline.models.model import Model
from icp_pipeline.spark.spark_engine import SparkEngine
from icp_pipeline.warehouse.paths import shown_dir, work_dir

__all__ = ["Shared", "first_run", "sample_home"]
_LOST_AT = "core.account_usage_daily"


@pytest.mark.slow
def test_what_was_live_stays_whoever_is_killed(
    needs_spark: None, sample_home: Path, first_run: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, tables = Home(shutil.copytree(sample_home, tmp_path / "home", symlinks=True)), tmp_path / "tables"
    tables.mkdir()
    settings = home.root / "icp.yaml"
    on_duckdb = settings.read_text(encoding="utf-8")
    with cluster(tmp_path / "spark", workers=3) as spark:
        engine = f"{{spark: {{remote: {spark.remote}, tables: {tables}, landing: workers}}}}"
        settings.write_text(f"{on_duckdb}\nengine: {engine}\n", encoding="utf-8")
        lose(monkeypatch, spark, "worker")
        with lost_while_landing(home, spark):
            said = icp("run", "--home", home.root)
        assert said.code == 0, said.err
        assert "files read by Spark's workers\n" in said.out + said.err, "all of them"
        assert spark.workers[2].poll() is not None and entries(home) == entries(first_run.home)
        assert spark.workers[0].poll() is not None, "the other worker did its part"
        differing = differing_tables(first_run.home, home)
        assert not differing, "\n".join(differing)
        assert dict(engines(home))["Spark 4.3.0"] == 8
        live = home.live.resolve().read_bytes()

        kill_a_run(home, tables)
        assert home.live.resolve().read_bytes() == live and len(run_ids(home)) == 1

        lose(monkeypatch, spark, "server")
        said = icp("run", "--home", home.root, "--as-of", "2026-11-22")
        assert said.code == 1 and f"{_LOST_AT} cannot be built on Spark: Spark stopped" in said.err, said.err
        assert home.live.resolve().read_bytes() == live and len(run_ids(home)) == 1
        logs = spark.logs()
    assert not [path for path in tables.rglob("*") if path.is_file()], "of the killed run, too"
    assert not [path for path in (*shown_dir(home.root).rglob("*"), *work_dir(home.root).iterdir()) if path.is_file()]
    assert "spark" in logs.lower() and not [cell for cell in cells(home) if cell in logs]
    said = icp("run", "--home", home.root)
    assert said.code == 1 and "no Spark Connect server answers at 127.0.0.1" in said.err
    settings.write_text(on_duckdb, encoding="utf-8")
    assert icp("run", "--home", home.root).code == 0
    assert len(run_ids(home)) == 2 and [name for name, _ in engines(home)][-1] != "Spark 4.3.0"


def lose(monkeypatch: pytest.MonkeyPatch, spark: Cluster, what: str) -> None:
    """Kill a part of the cluster as soon as a certain table is to be built."""
    process, make = spark.workers[0] if what == "worker" else spark.server, SparkEngine.make

    def killing(engine: SparkEngine, model: Model, *rest: object) -> object:
        if str(model.name) == _LOST_AT:
            kill(process)
        return make(engine, model, *rest)

    monkeypatch.setattr(SparkEngine, "make", killing)


@contextmanager
def lost_while_landing(home: Home, spark: Cluster) -> Iterator[None]:
    """Kill the last worker as soon as one of them has begun to read a file."""

    def wait() -> None:
        until = time.monotonic() + 300
        while time.monotonic() < until and not ended.is_set():
            if list((home.lake / "files").glob("unfinished-*")):
                kill(spark.workers[2])
                return
            time.sleep(0.005)

    ended = threading.Event()
    watch = threading.Thread(target=wait)
    watch.start()
    try:
        yield
    finally:
        ended.set()
        watch.join()


def entries(home: Home) -> dict[str, bytes]:
    """The lake entry of each landed file."""
    files = home.lake / "files"
    return {str(path.relative_to(files)): path.read_bytes() for path in files.rglob("*") if path.is_file()}


def kill_a_run(home: Home, tables: Path) -> None:
    """Kill the run itself once Spark has begun to write."""
    program = "from icp_pipeline.cli import main; main()"
    command = [sys.executable, "-c", program, "run", "--home", str(home.root), "--as-of", "2026-11-22"]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    until = time.monotonic() + 300
    while run.poll() is None and time.monotonic() < until and not list(tables.glob("icp_*/*.made.*")):
        time.sleep(0.05)
    assert run.poll() is None, "it ended before it was killed"
    kill(run)


def engines(home: Home) -> list[tuple[str, int]]:
    query = "select engine, count(*) from history.table_fingerprints where engine != '' group by engine order by engine"
    with duckdb.connect(str(home.live.resolve()), read_only=True) as reader:
        return reader.execute(query).fetchall()


def cells(home: Home) -> list[str]:
    """Users and groups that the models on Spark have read."""
    query = "select distinct user_id from staging.usage_daily union select distinct group_id from staging.usage_daily"
    with duckdb.connect(str(home.live.resolve()), read_only=True) as reader:
        return [cell for (cell,) in reader.execute(query).fetchall() if cell and len(cell) > 7]
