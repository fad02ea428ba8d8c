"""A run of the sample company with every model on Spark publishes the tables and exports of a run on DuckDB.

Files are exchanged in a bucket: this side speaks S3 to a server; Spark, for which there is no S3 connector here, has
Hadoop map addresses of the bucket to the server's folder.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from orchestration.published_homes import Shared, State, first_run, run_ids, sample_home
from s3_server import s3_server, use
from spark_engine import difference, quick_spark

from bench.spark import OF_THE_RUN, compared
from icp_pipeline.home import Home

__all__ = ["Shared", "first_run", "sample_home"]
_MAPPED = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
_TABLES = """
select schema_name || '.' || table_name from duckdb_columns() where database_name = ? and not internal group by all
"""


@pytest.mark.slow
def test_every_table_and_export_is_the_same(
    needs_spark: None, sample_home: Path, first_run: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(shutil.copytree(sample_home, tmp_path / "home", symlinks=True))
    with (home.root / "icp.yaml").open("a", encoding="utf-8") as settings:
        settings.write('\nengine: {spark: {master: "local[2]", models: all, tables: "s3://lake/icp"}}\n')
    there = tmp_path / "store" / "lake" / "icp"
    there.mkdir(parents=True)
    mapped = {"fs.s3.impl": _MAPPED, "fs.viewfs.mounttable.lake.link./icp": there.as_uri()}
    quick_spark(monkeypatch, tmp_path, {f"spark.hadoop.{key}": value for key, value in mapped.items()})
    with s3_server(tmp_path / "store") as store:
        use(store, monkeypatch)
        # A process of its own: Java that an earlier test of this one started would not read these settings.
        command = [Path(sys.executable).with_name("icp"), "run", "--home", home.root]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    fetched = {key.split("/")[2].partition(".made.")[0] for method, key in store.asked if method == "GET"}
    assert len(fetched) > 280, "every table came from the bucket"
    assert not store.names(), "what a run of small tables exchanged is gone"
    differing = differing_tables(first_run.home, home)
    assert not differing, f"{len(differing)} tables differ:\n" + "\n".join(differing)
    assert exported(home) == exported(first_run.home)
    with duckdb.connect(str(home.live.resolve()), read_only=True) as reader:
        made = reader.execute("select distinct engine from history.table_fingerprints where engine != ''").fetchall()
    assert len(made) == 1 and made[0][0].startswith("Spark 4."), made


def differing_tables(wanted: Home, found: Home) -> list[str]:
    with duckdb.connect() as connection:
        for name, home in (("wanted", wanted), ("found", found)):
            connection.execute(f"attach '{home.live.resolve()}' as {name} (read_only)")
        names, others = (
            {row[0] for row in connection.execute(_TABLES, [name]).fetchall()} for name in ("wanted", "found")
        )
        assert names == others and len(names) > 280
        told = []
        for name in sorted(names - OF_THE_RUN):
            columns = [row[0] for row in connection.execute(f"describe wanted.{name}").fetchall()]
            listed = ", ".join(f'"{column}"' for column in compared(name, columns))
            rows = [f"(select {listed} from {side}.{name})" for side in ("wanted", "found")]
            one, other = rows
            # Most tables are identical to the bit.
            unequal = f"from ((from {one} except all from {other}) union all (from {other} except all from {one}))"
            if connection.execute(f"select count(*) {unequal}").fetchall() != [(0,)]:
                tables = [connection.sql(f"from {side}").to_arrow_table() for side in rows]
                if problem := difference(*tables):
                    told.append(f"{name}: {problem}")
        return told


def exported(home: Home) -> dict[str, bytes]:
    """Exported files without the run's own id; report and manifest say when they were made."""
    (run_id,) = run_ids(home)
    files = [path for path in home.latest.rglob("*") if path.suffix in (".csv", ".md", ".jsonl")]
    return {
        str(path.relative_to(home.latest)): path.read_bytes().replace(run_id.encode(), b"RUN") for path in sorted(files)
    }
