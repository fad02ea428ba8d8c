"""When assets run by themselves, and how the instance keeps that safe."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import yaml
from orchestration.dagster_history import history
from orchestration.published_homes import State

from icp_pipeline.definitions import defs
from icp_pipeline.home import PROJECT, Home, enter_home
from icp_pipeline.orchestration.jobs import refit_when_needed, schedules


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with history(Home(tmp_path)) as found:
        yield found


@pytest.fixture
def warehouse(first_run: State, tmp_path: Path) -> Iterator[Callable[..., Home]]:
    """A home whose live warehouse is the published one after some SQL: what the sensor would see on another day."""

    def make(*statements: str) -> Home:
        home = Home(tmp_path / "changed")
        version = home.live.parent / "versions" / "icp_changed.duckdb"
        version.parent.mkdir(parents=True)
        version.write_bytes(first_run.home.live.read_bytes())
        home.live.symlink_to(version)
        with duckdb.connect(str(home.live)) as connection:
            for statement in statements:
                connection.execute(statement)
        enter_home(home)
        return home

    yield make


def asked(home: Home) -> dg.SensorResult:
    """The sensor's answer for a home."""
    enter_home(home)
    with dg.DagsterInstance.ephemeral() as instance:
        return refit_when_needed.evaluate_tick(dg.build_sensor_context(instance=instance))


def test_the_refresh_runs_every_night_and_the_refit_every_quarter_in_utc() -> None:
    found = {item.name: item for item in defs.schedules or ()}
    assert found["icp_refresh_daily"].cron_schedule == "0 3 * * *"
    assert found["icp_refit_quarterly"].cron_schedule == "0 4 1 1,4,7,10 *"
    assert {item.execution_timezone for item in found.values()} == {"UTC"}
    assert {item.default_status for item in found.values()} == {dg.DefaultScheduleStatus.RUNNING}


def test_schedules_run_the_jobs_of_their_name_and_a_tick_asks_for_one_run() -> None:
    for item, job, refits in zip(schedules(), ("icp_refresh", "icp_refit"), (False, True), strict=True):
        assert item.job_name == job
        config = defs.resolve_job_def(job).run_config or {}
        assert bool(config.get("resources", {}).get("session", {}).get("config", {}).get("refit")) is refits
        with dg.DagsterInstance.ephemeral() as instance:
            now = datetime.datetime(2026, 11, 22, 3, tzinfo=datetime.UTC)
            tick = item.evaluate_tick(dg.build_schedule_context(instance=instance, scheduled_execution_time=now))
        assert tick.run_requests is not None and len(tick.run_requests) == 1


def test_settings_move_the_schedule(tmp_path: Path) -> None:
    (tmp_path / "icp.yaml").write_text('schedule: {refresh: "30 1 * * *"}\n')
    enter_home(Home(tmp_path))
    assert schedules()[0].cron_schedule == "30 1 * * *"


def test_a_broken_icp_yaml_does_not_hide_the_code_location(tmp_path: Path) -> None:
    (tmp_path / "icp.yaml").write_text("schedul: {}\n")
    enter_home(Home(tmp_path))
    assert [item.name for item in schedules()] == ["icp_refresh_daily", "icp_refit_quarterly"]


def test_before_the_first_publication_the_sensor_skips_and_says_why(tmp_path: Path) -> None:
    tick = asked(Home(tmp_path))
    assert not tick.run_requests
    assert "nothing is published yet" in str(tick.skip_message)


def test_right_after_a_fit_the_sensor_skips_and_counts_new_customers(first_run: State) -> None:
    tick = asked(first_run.home)
    assert not tick.run_requests
    assert "0 new customers since 2026-11-21; 10 are needed" in str(tick.skip_message)


def _fit_before_the_last(customers: int) -> str:
    """The live version was learned just before the last customers came, this many of them."""
    return f"""
        update history.icp_versions set as_of = (
            select customer_since - 1 from core.customers
            order by customer_since desc limit 1 offset {customers - 1})
    """


def test_after_ten_new_customers_the_sensor_asks_for_one_refit(warehouse: Callable[..., Home]) -> None:
    home = warehouse(_fit_before_the_last(10))
    first, second = asked(home), asked(home)
    assert first.run_requests is not None and len(first.run_requests) == 1
    (request,) = first.run_requests
    assert request.run_config["resources"]["session"]["config"]["refit"] is True
    assert "new customers since" in request.tags["icp/cause"]
    # The daemon starts one run per key, so a version that waits for promotion is not requested again each hour.
    assert second.run_requests is not None and second.run_requests[0].run_key == request.run_key


def test_after_nine_new_customers_the_sensor_waits(warehouse: Callable[..., Home]) -> None:
    one_less = (
        _fit_before_the_last(10),
        "delete from core.customers where customer_since = (select max(customer_since) from core.customers)",
    )
    tick = asked(warehouse(*one_less))
    assert not tick.run_requests and "10 are needed" in str(tick.skip_message)


def test_drift_asks_for_a_refit_without_new_customers(warehouse: Callable[..., Home]) -> None:
    drifted = "insert into quality.warnings by name select 'ICP_DRIFTED' as code, 'warning' as severity, "
    tick = asked(warehouse(drifted + "'moved' as message, 'primary' as subject"))
    assert tick.run_requests is not None and "drifted" in tick.run_requests[0].tags["icp/cause"]


def test_state_lies_under_the_home(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    folders = {instance.storage_directory(), instance.schedules_directory()}
    assert all(Path(folder).is_relative_to(tmp_path / "state") for folder in folders)
    logs = Path(instance.compute_log_manager.base_path if hasattr(instance.compute_log_manager, "base_path") else "/")
    assert logs == Path("/") or logs.is_relative_to(tmp_path / "state")


def test_one_run_at_a_time_and_a_dead_run_frees_the_queue(instance: dg.DagsterInstance) -> None:
    concurrency = instance.get_concurrency_config()
    assert concurrency.run_queue_config is not None and concurrency.run_queue_config.max_concurrent_runs == 1
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_max_resume_run_attempts == 0
    assert instance.get_settings("run_monitoring")["max_runtime_seconds"] > 0


def test_a_crash_is_tried_again_but_a_failed_check_is_not(instance: dg.DagsterInstance) -> None:
    assert instance.run_retries_enabled
    assert instance.run_retries_max_retries == 1
    assert instance.run_retries_retry_on_asset_or_op_failure is False


def test_nothing_is_sent_anywhere(instance: dg.DagsterInstance) -> None:
    assert instance.telemetry_enabled is False
    assert instance.nux_enabled is False


def test_the_workspace_loads_the_definitions() -> None:
    (entry,) = yaml.safe_load((PROJECT / "workspace.yaml").read_text())["load_from"]
    assert entry["python_module"]["module_name"] == "icp_pipeline.definitions"
    assert isinstance(defs, dg.Definitions)
    dg.Definitions.validate_loadable(defs)
