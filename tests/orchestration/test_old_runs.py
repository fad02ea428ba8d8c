"""Dagster's record of runs: the next run ends a killed one, and old ones are deleted with their events."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from orchestration.dagster_history import history, history_in
from orchestration.published_homes import State, icp

from icp_pipeline.home import Home
from icp_pipeline.orchestration.old_runs import end_dead, forget_old, own_process


def of_a_dead_process(instance: dg.DagsterInstance, **tags: str) -> str:
    """A run as a kill leaves it: started, by a process that no longer exists."""
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
        (first,) = instance.get_run_ids()
        killed = {of_a_dead_process(instance) for _ in range(2)}
    assert icp("run", "--home", home.root).code == 0
    with history(home) as instance:
        states = {run.run_id: run.status for run in instance.get_runs()}
        # The last to begin is still there, with two that had ended by then.
        assert len(states) == 3 and dg.DagsterRunStatus.STARTED not in states.values() and first not in states
        assert {states[run] for run in killed} == {dg.DagsterRunStatus.FAILURE}
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


CHECKS = [f"rule_{number}" for number in range(40)]
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dg.asset(check_specs=[dg.AssetCheckSpec(name, asset="accounts") for name in CHECKS])
def accounts() -> dg.MaterializeResult:
    """A table of a home: each of its checks describes what it checks, in some kilobytes."""
    found = [dg.AssetCheckResult(passed=True, check_name=name, metadata={"rule": "x" * 4_000}) for name in CHECKS]
    return dg.MaterializeResult(metadata={"rows": 3}, check_results=found)


def night(instance: dg.DagsterInstance, state: Path, keep: int = 2) -> str:
    """What a run does with the history, without its tables."""
    run_id = dg.materialize([accounts], instance=instance, tags=own_process(), run_config=QUIET).run_id
    (state / "dagster" / run_id / "compute_logs").mkdir(parents=True, exist_ok=True)
    forget_old(instance, state, keep)
    return run_id


def room(folder: Path) -> int:
    """Bytes in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def rows(database: Path, table: str) -> int:
    with closing(sqlite3.connect(database)) as reader:
        return int(reader.execute(f"select count(*) from {table}").fetchone()[0])


def test_nothing_stays_of_runs_that_were_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "dagster"
    folder.mkdir()
    took = []
    for _ in range(8):
        # Each night is a separate process, which leaves the files at rest.
        with history_in(folder) as instance:
            night(instance, tmp_path)
            kept = set(instance.get_run_ids())
        took.append(room(folder))
    # SQLite's pages come and go; what one night's checks write is larger than that.
    assert abs(took[-1] - took[3]) < len(CHECKS) * 4_000
    assert len(kept) == 2
    assert {path.stem for path in (folder / "history" / "runs").glob("*.db")} == kept | {"index"}
    assert {path.name for path in folder.glob("*-*")} == kept
    index, runs = folder / "history" / "runs" / "index.db", folder / "history" / "runs.db"
    assert rows(index, "asset_check_executions") == 2 * len(CHECKS)
    assert rows(runs, "run_tags") == 2 * len(own_process())


def test_a_home_that_kept_verdicts_of_forgotten_runs_is_made_small_again(tmp_path: Path) -> None:
    folder = tmp_path / "dagster"
    folder.mkdir()
    index = folder / "history" / "runs" / "index.db"
    with history_in(folder) as instance:
        night(instance, tmp_path)
    small = room(folder)
    with closing(sqlite3.connect(index)) as older:
        columns = "asset_key, check_name, execution_status, evaluation_event"
        for number in range(60):
            older.execute(
                f"insert into asset_check_executions (run_id, {columns}) select ?, {columns} "
                "from asset_check_executions where run_id not like 'gone %'",
                [f"gone {number}"],
            )
        older.commit()
    assert room(folder) > small + 10_000_000
    with history_in(folder) as instance, closing(sqlite3.connect(index)) as reader:
        # Somebody has the UI open and is reading.
        reader.execute("begin")
        before = reader.execute("select count(*) from asset_check_executions").fetchone()
        forget_old(instance, tmp_path, 2)
        assert reader.execute("select count(*) from asset_check_executions").fetchone() == before
    with history_in(folder) as instance:
        night(instance, tmp_path)
    assert room(folder) < 2 * small


def test_room_is_not_given_back_while_another_process_writes(tmp_path: Path) -> None:
    folder = tmp_path / "dagster"
    folder.mkdir()
    with history_in(folder) as instance:
        night(instance, tmp_path)
        index = folder / "history" / "runs" / "index.db"
        with closing(sqlite3.connect(index)) as writer:
            writer.execute("create table large as select zeroblob(12000000) as a")
            writer.execute("drop table large")
            writer.commit()
            writer.execute("begin immediate")
            instance.event_log_storage.give_room_back()  # type: ignore[attr-defined]
            writer.rollback()
            free = writer.execute("pragma freelist_count").fetchone()[0]
            assert free > 2_000
        instance.event_log_storage.give_room_back()  # type: ignore[attr-defined]
        with closing(sqlite3.connect(index)) as reader:
            assert reader.execute("pragma freelist_count").fetchone()[0] == 0


def test_room_is_not_given_back_while_another_program_keeps_the_file_for_itself(tmp_path: Path) -> None:
    folder = tmp_path / "dagster"
    folder.mkdir()
    with history_in(folder) as instance:
        storage = instance.event_log_storage
    with closing(sqlite3.connect(folder / "history" / "runs" / "index.db")) as copying:
        copying.execute("pragma journal_mode = delete")
        copying.execute("begin exclusive")
        storage.give_room_back()  # type: ignore[attr-defined]


def test_a_run_of_a_container_that_is_gone_is_ended_when_none_can_be_that_old(tmp_path: Path) -> None:
    folder = tmp_path / "dagster"
    folder.mkdir()
    with history_in(folder) as instance:
        of_another = {hours: of_a_dead_process(instance, **{"icp/host": "a container"}) for hours in (1, 3)}
        with closing(sqlite3.connect(folder / "history" / "runs.db")) as older:
            for hours, run_id in of_another.items():
                older.execute("update runs set start_time = ? where run_id = ?", [time.time() - hours * 3600, run_id])
            older.commit()
        end_dead(instance, "own")
        failed = [run.run_id for run in instance.get_runs() if run.status == dg.DagsterRunStatus.FAILURE]
        assert failed == [of_another[3]]


def test_a_run_that_waited_for_hours_or_may_take_longer_is_not_ended_as_too_old(tmp_path: Path) -> None:
    folder = tmp_path / "dagster"
    folder.mkdir()
    long_ago = datetime.fromtimestamp(time.time() - 6 * 3600, UTC).replace(tzinfo=None)
    starting, started = dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED
    with history_in(folder) as instance:

        def added(status: dg.DagsterRunStatus, **tags: str) -> str:
            return instance.add_run(dg.DagsterRun(job_name="icp_refresh", status=status, tags=tags)).run_id

        waited, dead_at_start, dead = added(starting), added(starting), added(started)
        longer = added(started, **{"dagster/max_runtime": str(24 * 3600)})
        shorter = added(started, **{"dagster/max_runtime": "60"})
        with closing(sqlite3.connect(folder / "history" / "runs.db")) as older:
            older.execute("update runs set create_timestamp = ?", [str(long_ago)])
            older.execute("update runs set update_timestamp = ? where run_id = ?", [str(long_ago), dead_at_start])
            for run_id, hours in ((dead, 6), (longer, 6), (shorter, 0.1)):
                older.execute("update runs set start_time = ? where run_id = ?", [time.time() - hours * 3600, run_id])
            older.commit()
        end_dead(instance, "own")
        failed = {run.run_id for run in instance.get_runs() if run.status == dg.DagsterRunStatus.FAILURE}
        assert failed == {dead_at_start, dead, shorter} and failed.isdisjoint({waited, longer})
