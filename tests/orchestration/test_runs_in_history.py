"""What `icp run` writes to Dagster's history: the run, its tables with columns and lineage, its checks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import dagster as dg
import duckdb
import pytest
from orchestration.dagster_history import evaluations, history, last_run, materializations
from orchestration.published_homes import State

from icp_pipeline.home import PROJECT, SQL
from icp_pipeline.models.model_cache import cached_models


@pytest.fixture
def instance(first_run: State) -> Iterator[dg.DagsterInstance]:
    with history(first_run.home) as found:
        yield found


def test_the_run_stands_under_its_job_as_if_the_daemon_had_started_it(instance: dg.DagsterInstance) -> None:
    run = last_run(instance)
    assert (run.job_name, run.status) == ("icp_refresh", dg.DagsterRunStatus.SUCCESS)
    assert run.tags[".dagster/repository"] == "__repository__@icp_pipeline"


def test_published_and_dagster_runs_can_be_matched(instance: dg.DagsterInstance, first_run: State) -> None:
    published = first_run.home.live.resolve().stem
    assert published.endswith(last_run(instance).run_id[:6])


def test_every_asset_is_materialized_once(instance: dg.DagsterInstance) -> None:
    from icp_pipeline.definitions import defs

    done = materializations(instance, last_run(instance).run_id)
    assert set(done) == {".".join(key.path) for key in defs.resolve_asset_graph().get_all_asset_keys()}


def test_each_table_carries_rows_columns_and_lineage(instance: dg.DagsterInstance, first_run: State) -> None:
    done = materializations(instance, last_run(instance).run_id)
    with duckdb.connect(str(first_run.home.live.resolve()), read_only=True) as connection:
        for model in cached_models(SQL):
            metadata = done[str(model.name)].metadata
            (rows,) = connection.execute(f"select count(*) from {model.name}").fetchone() or (None,)
            assert metadata["dagster/row_count"].value == rows, model.name
            columns = metadata["dagster/column_schema"].value.columns
            assert [column.name for column in columns] == list(model.column_names()), model.name
            assert all(column.description and column.type != "unknown" for column in columns), model.name
            assert "dagster/column_lineage" in metadata or not _reads_assets(model.depends_on), model.name


def test_columns_and_lineage_stand_in_the_event_of_the_table_and_not_in_that_of_the_output_too(
    instance: dg.DagsterInstance,
) -> None:
    outputs = instance.all_logs(last_run(instance).run_id, of_type=dg.DagsterEventType.STEP_OUTPUT)
    told = {entry.step_key: entry.get_dagster_event().step_output_data.metadata for entry in outputs}
    assert {step: found for step, found in told.items() if step and step.endswith("_models") and found} == {}
    assert "core_models" in told


def _reads_assets(tables: object) -> bool:
    return any(name.schema not in ("settings", "history") for name in tables)  # type: ignore[attr-defined]


def test_column_lineage_leads_from_a_score_to_the_landed_file(instance: dg.DagsterInstance) -> None:
    done = materializations(instance, last_run(instance).run_id)

    def sources(table: str, column: str) -> set[tuple[str, str]]:
        lineage = done[table].metadata.get("dagster/column_lineage")
        deps = lineage.value.deps_by_column.get(column, []) if lineage else []
        return {(".".join(dep.asset_key.path), dep.column_name) for dep in deps}

    seen: set[tuple[str, str]] = set()
    waiting = {("core.accounts", "name")}
    while waiting:
        seen |= waiting
        waiting = {found for table, column in waiting for found in sources(table, column)} - seen
    assert ("lake.salesforce_account", "name") in seen


def test_each_check_is_recorded_with_counts_and_never_a_value(instance: dg.DagsterInstance) -> None:
    from icp_pipeline.definitions import defs

    found = evaluations(instance, last_run(instance).run_id)
    declared = {(".".join(key.asset_key.path), key.name) for key in defs.resolve_asset_graph().asset_check_keys}
    assert set(found) == declared
    for evaluation in found.values():
        assert set(evaluation.metadata) == {"rows", "rules", "judged_in_run", "failing_rows_by_rule"}
        assert evaluation.passed or evaluation.severity == dg.AssetCheckSeverity.WARN


def test_nothing_is_written_to_the_project(first_run: State) -> None:
    strays = ("history", "schedules", "storage", ".logs_queue", ".telemetry", "mlruns", "gx")
    assert [name for name in strays if (PROJECT / name).exists()] == []
    assert (first_run.home.state / "dagster").is_dir()


def test_the_definitions_load_without_home_or_environment() -> None:
    """The UI and the daemon import the code location in their own processes."""
    code = "from icp_pipeline.definitions import defs; print(len(defs.resolve_asset_graph().get_all_asset_keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert int(done.stdout) > 50
