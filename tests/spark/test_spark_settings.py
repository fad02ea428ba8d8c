"""What Spark needs is checked before any data is read; which models it builds; what its errors say."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from orchestration.published_homes import icp

from icp_pipeline.errors import SettingsError, SparkError
from icp_pipeline.home import SQL
from icp_pipeline.models.model import Model
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.settings.engines import SparkSettings
from icp_pipeline.spark.exchange import SharedFolder
from icp_pipeline.spark.placement import models_on_spark
from icp_pipeline.spark.sessions import refuse_other_place, written_by_value
from icp_pipeline.spark.spark_engine import _named
from icp_pipeline.spark.spark_needs import exchange_folder, make_exchange, refuse_missing_spark

LOCAL = SparkSettings(master="local[2]")


@pytest.fixture
def with_pyspark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)


def test_without_pyspark_a_run_and_check_end_at_once_and_say_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "icp.yaml").write_text('engine: {spark: {master: "local[2]"}}\n', encoding="utf-8")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None)
    for command in ("run", "check"):
        said = icp(command, "--home", tmp_path)
        assert said.code == 1, said
        (line,) = said.err.strip().splitlines()
        assert "PySpark is not installed here: `pip install 'icp-pipeline[spark]'`" in line
        assert "take `engine` out of icp.yaml" in line
    assert not (tmp_path / "lake").exists()


def test_without_java_a_server_will_do(with_pyspark: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(SettingsError, match=r"Java is not installed here, and Spark local\[2\] needs 17 or newer"):
        refuse_missing_spark(LOCAL)
    with socket.create_server(("127.0.0.1", 0)) as server:
        refuse_missing_spark(SparkSettings(remote=f"sc://127.0.0.1:{server.getsockname()[1]}"))


def test_a_server_that_does_not_answer_is_named(with_pyspark: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SettingsError, match=f"no Spark Connect server answers at 127.0.0.1:{port} .*refused"):
        refuse_missing_spark(SparkSettings(remote=f"sc://127.0.0.1:{port}/;user_id=x"))


def test_the_folder_of_tables_is_there_and_each_run_has_its_own_in_it(with_pyspark: None, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not a folder that can be written to here"):
        refuse_missing_spark(LOCAL.model_copy(update={"tables": str(tmp_path / "no")}))
    shared = LOCAL.model_copy(update={"tables": str(tmp_path)})
    one, other = (exchange_folder(shared, tmp_path / "data", run) for run in ("r1", "r2"))
    assert one != other and {one.parent, other.parent} == {tmp_path}


@pytest.mark.parametrize(
    ("tables", "said"),
    [("/mnt/icp", "`tables` has to be a folder"), (None, "because there is no `tables`: name a folder")],
)
def test_a_folder_that_workers_do_not_see_is_named_and_what_to_do(
    tmp_path: Path, tables: str | None, said: str
) -> None:
    """Also for a dry run, whose home is in TMPDIR."""
    server = SparkSettings(remote="sc://host:15002", tables=tables)
    with pytest.raises(SparkError, match=r"cannot write there \(AttributeError\)") as error:
        refuse_other_place(object(), server, SharedFolder(tmp_path))  # type: ignore[arg-type]
    assert said in str(error.value) and str(tmp_path) in str(error.value)
    assert ("in TMPDIR where the run is a dry one" in str(error.value)) == (tables is None)


def test_only_what_the_same_home_left_behind_is_removed(tmp_path: Path) -> None:
    """Homes of two machines may both be /data, and share a folder of tables."""
    shared = LOCAL.model_copy(update={"tables": str(tmp_path / "tables")})
    homes = tmp_path / "a" / "data", tmp_path / "b" / "data"
    folders = [exchange_folder(shared, home, f"r{number}") for number, home in enumerate(homes)]
    for home, folder in zip(homes, folders, strict=True):
        make_exchange(shared, home, folder)
    (folders[0] / "rows.parquet").touch()
    later = exchange_folder(shared, homes[1], "r2")
    make_exchange(shared, homes[1], later)
    assert (folders[0] / "rows.parquet").exists() and not folders[1].exists() and later.is_dir()


def test_an_address_is_told_without_its_token() -> None:
    spark = SparkSettings(remote="sc://host:15002/;use_ssl=true;token=zzsecret")
    assert spark.address == "sc://host:15002" and SparkSettings(remote="sc://[::1]:15002").remote
    with pytest.raises(ValueError, match="is not the address") as error:
        SparkSettings(remote="sc:/host;token=zzsecret")
    assert "token" not in str(error.value.errors()[0]["msg"])


def test_models_that_read_rows_by_day_are_placed_on_spark() -> None:
    graph = cached_models(SQL)
    assert sorted(map(str, models_on_spark(graph, "usage"))) == [
        "core.account_trial_usage",
        "core.account_usage_daily",
        "core.usage_group_accounts",
        "core.usage_mapping",
        "outcomes.experience_metrics",
        "quality.later_records",
        "staging.usage_counts",
        "staging.usage_daily",
    ]
    assert models_on_spark(graph, "all") == graph.models.keys()


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (
            "[CAST_INVALID_INPUT] The value 'ada@secret.example' of the type \"STRING\" cannot be cast",
            "CAST_INVALID_INPUT",
        ),
        ("Job aborted: ExecutorLostFailure (executor 1 exited) ada@secret.example", "a worker was lost"),
        ("[UNABLE_TO_ACQUIRE_MEMORY] Unable to acquire 65536 bytes, got 0. ada@secret.example", "lacks memory"),
        ("Job aborted: java.lang.OutOfMemoryError: Java heap space ada@secret.example", "spark.driver.memory"),
        ("[Errno 111] Connection refused ada@secret.example", "Spark stopped"),
        ("[RETRIES_EXCEEDED] The maximum number of retries has been exceeded.", "Spark stopped"),
        ("ada@secret.example", "RuntimeError"),
    ],
)
def test_an_error_of_spark_is_told_without_the_cell_that_it_quotes(
    make_model: Callable[[str, str], Model], raised: str, said: str
) -> None:
    model = make_model(
        "core.facts", "-- Facts.\nselect\n    -- Id.\n    accounts.id\nfrom lake.salesforce_account as accounts"
    )
    with pytest.raises(SparkError) as error, _named(model):
        raise RuntimeError(raised)
    assert said in str(error.value) and str(model.path) in str(error.value)
    assert "secret" not in str(error.value) and error.value.__suppress_context__


def test_what_a_lost_task_left_unfinished_counts_for_nothing(tmp_path: Path) -> None:
    day = "icp_by=2026-07-01"
    for folder in (day, "icp_by=__HIVE_DEFAULT_PARTITION__", f"_temporary/0/_temporary/attempt_1/{day}"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "part-00000.parquet").write_bytes(b"")
    found = {value: [path.parent.name for path in paths] for value, paths in written_by_value(tmp_path).items()}
    assert found == {"2026-07-01": [day], "": ["icp_by=__HIVE_DEFAULT_PARTITION__"]}
