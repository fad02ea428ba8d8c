"""Dagster's record of runs: a killed one is ended by the next, and old ones are forgotten with their events."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import dagster as dg
import pytest
from orchestration.dagster_history import history
from orchestration.published_homes import State, icp

from icp_pipeline.home import Home
from icp_pipeline.orchestration.old_runs import end_dead, forget_old, own_process


def of_a_dead_process(instance: dg.DagsterInstance, **tags: str) -> str:
    """A run as a kill leaves it: started, by a process that is gone."""
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    own = own_process() | {"icp/process": gone.stdout.strip()} | tags
    run = dg.DagsterRun(job_name="icp_refresh", status=dg.DagsterRunStatus.STARTED, tags=own)
    return instance.add_run(run).run_id


@pytest.mark.slow
def test_a_killed_run_is_ended_by_the_next_and_old_ones_are_forgotten(
    first_run: State, copied: Callable[[State], Home]
) -> None:
    home = copied(first_run)
    settings = home.root / "icp.yaml"
    text = settings.read_text(encoding="utf-8")
    assert "runs: 30" in text
    settings.write_text(text.replace("runs: 30", "runs: 2"), encoding="utf-8")
    with history(home) as instance:
        killed = of_a_dead_process(instance)
    for _ in range(2):
        assert icp("run", "--home", home.root).code == 0
    with history(home) as instance:
        states = {run.run_id: run.status for run in instance.get_runs()}
        # What began last is there, and two that had ended when it did.
        assert len(states) == 3 and dg.DagsterRunStatus.STARTED not in states.values()
        assert states[killed] == dg.DagsterRunStatus.FAILURE
        shards = {path.stem for path in (home.state / "dagster" / "history" / "runs").glob("*.db")} - {"index"}
        assert shards == set(states)


def test_a_run_of_a_living_process_or_another_machine_is_not_ended(
    first_run: State, copied: Callable[[State], Home]
) -> None:
    home = copied(first_run)
    with history(home) as instance:
        living = of_a_dead_process(instance, **{"icp/process": "1"})
        elsewhere = of_a_dead_process(instance, **{"icp/host": "another"})
        unknown = instance.add_run(dg.DagsterRun(job_name="a", status=dg.DagsterRunStatus.STARTED)).run_id
        dead = of_a_dead_process(instance)
        end_dead(instance, "own")
        failed = {run.run_id for run in instance.get_runs() if run.status == dg.DagsterRunStatus.FAILURE}
        assert failed == {dead} and {living, elsewhere, unknown}.isdisjoint(failed)
        forget_old(instance, home.state, 1)
        assert {living, elsewhere, unknown} <= {run.run_id for run in instance.get_runs()}
