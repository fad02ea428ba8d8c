"""A failed critical check stops everything to its right and publishes nothing; a failed `!warn` check only warns."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest
from orchestration.dagster_history import evaluations, history, last_run, materializations
from orchestration.published_homes import Said, Shared, State, icp, pipeline_of, run_ids, state_after

from icp_pipeline.home import Home
from icp_pipeline.names import MODEL_SCHEMAS


@pytest.fixture(scope="module")
def broken(shared: Shared, first_run: State) -> State:
    """A published home, then a run in which one model's check fails for every row."""

    def commands(home: Home) -> dict[str, Said]:
        edit = ("-- Headcount. #between[1,10000000]!warn", "-- Headcount. #between[-2,-1]")
        with pipeline_of(home.root / "edited", core__accounts=edit):
            return {"run": icp("run", "--home", home.root)}

    return state_after(shared, "broken", first_run.home.root, commands)


@pytest.fixture
def instance(broken: State) -> Iterator[dg.DagsterInstance]:
    with history(broken.home) as found:
        yield found


def test_the_message_names_table_column_check_and_counts(broken: State) -> None:
    said = broken.said["run"]
    assert said.code == 1
    assert "core.accounts.employees: between fails for" in said.err
    assert "the last version stays live" in said.err
    assert "Traceback" not in said.err + said.out
    assert "Published" not in said.out


def test_nothing_to_the_right_of_the_failed_check_is_built(instance: dg.DagsterInstance) -> None:
    built = {name.partition(".")[0] for name in materializations(instance, last_run(instance).run_id)}
    assert built == {"lake", *MODEL_SCHEMAS[: MODEL_SCHEMAS.index("core") + 1]}


def test_the_failed_check_is_in_history_as_an_error(instance: dg.DagsterInstance) -> None:
    run = last_run(instance)
    found = evaluations(instance, run.run_id)[("core.accounts", "column_tags")]
    assert run.status == dg.DagsterRunStatus.FAILURE
    assert (found.passed, found.severity, found.blocking) == (False, dg.AssetCheckSeverity.ERROR, True)
    assert found.metadata["failing_rows_by_rule"].value["between employees"] > 0


def test_what_was_live_stays_live_and_no_work_file_is_left(broken: State, first_run: State) -> None:
    assert broken.home.live.resolve().name == first_run.home.live.resolve().name
    assert broken.home.latest.resolve().name == first_run.home.latest.resolve().name
    assert run_ids(broken.home) == run_ids(first_run.home)
    left = {path.name for path in (broken.home.root / "warehouse").rglob("*.duckdb*") if "versions" not in path.parts}
    assert left == {"icp.duckdb", "live.duckdb"}


def test_data_docs_show_the_failure(broken: State) -> None:
    assert (broken.home.state / "data_docs" / "index.html").exists()


def test_a_failed_warn_check_is_recorded_and_the_run_publishes(same_company_refitted: State) -> None:
    assert same_company_refitted.said["refit"].code == 0, same_company_refitted.said["refit"].err
    with history(same_company_refitted.home) as instance:
        found = evaluations(instance, last_run(instance).run_id)[("core.accounts", "column_tags_warn")]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert same_company_refitted.home.live.exists()
