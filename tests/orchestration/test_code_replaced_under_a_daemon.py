"""An upgrade while `icp dev` or the services keep running: runs that they plan with the old code are refused (F68)."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.api import create_execution_plan, execute_run
from orchestration.dagster_history import history

from icp_pipeline.home import Home
from icp_pipeline.orchestration.resource import RunResource


@pytest.mark.parametrize("left_out", [{"voice_models"}, {"learning", "results_models"}, set()])
def test_a_run_that_old_code_planned_is_refused_and_told_what_to_start_again(
    left_out: set[str], tmp_path: Path
) -> None:
    """As the process that a daemon starts for a run: with this code, and the steps that the daemon knew."""
    from icp_pipeline.definitions import defs

    job = defs.resolve_job_def("icp_refresh")
    steps = RunResource.steps_in_all
    known = [name for name in sorted(steps) if name not in left_out]
    with history(Home(tmp_path)) as instance:
        run = instance.create_run_for_job(job, create_execution_plan(job, step_keys_to_execute=known))
        done = execute_run(dg.reconstructable(_refresh), run, instance, raise_on_error=False)
        said = " ".join(str(event.event_specific_data) for event in done.filter_events(lambda event: event.is_failure))
    assert not done.success
    assert ("planned this run with the code from before the upgrade" in said) is bool(left_out)


def _refresh() -> dg.JobDefinition:
    from icp_pipeline.definitions import defs

    return defs.resolve_job_def("icp_refresh")
