"""What may be published and how to go back: guards, acceptance, acknowledgements, versions, kills, the lock."""

from __future__ import annotations

import csv
import io
import json
import logging
import signal
import subprocess
import sys
from collections.abc import Callable

import dagster as dg
import duckdb
import pytest
from orchestration.dagster_history import history, last_run, materializations
from orchestration.published_homes import State, icp, import_file, run_ids

from icp_pipeline.home import PROJECT, Home, enter_home
from icp_pipeline.run import session as runs
from icp_pipeline.warehouse.lock import run_lock

pytestmark = pytest.mark.slow


def _first_ids(home: Home, count: int) -> list[str]:
    return [row["Id"] for row in csv.DictReader(import_file(home).splitlines())][:count]


def _changed_ids(home: Home) -> set[str]:
    return {cell for row in csv.reader(import_file(home, "changes.csv").splitlines()) for cell in row}


def test_a_source_that_lost_half_its_rows_holds_the_run(held_and_acknowledged: State, first_run: State) -> None:
    said = held_and_acknowledged.said["run"]
    assert said.code == 1
    assert said.err.startswith("error: blocked, nothing was published: stripe ")
    assert "--accept" in said.err and len(said.err.strip().splitlines()) == 1
    assert run_ids(held_and_acknowledged.home) == run_ids(first_run.home)
    assert import_file(held_and_acknowledged.home) == import_file(first_run.home)


def test_an_accepted_change_is_published_and_history_says_by_whom_and_why(accepted: State) -> None:
    assert accepted.said["run"].code == 0, accepted.said["run"].err
    with duckdb.connect(str(accepted.home.live.resolve()), read_only=True) as connection:
        rows = connection.execute(
            "select accepted_by is not null, accept_reason from history.runs order by started_at"
        ).fetchall()
    assert rows == [(False, None), (True, "billing moved")]


def test_records_that_failed_in_the_crm_go_out_again_after_the_next_publication(
    held_and_acknowledged: State, accepted: State, first_run: State
) -> None:
    said = held_and_acknowledged.said["ack"]
    assert said.code == 0 and "3 did not" in said.out
    failed = _first_ids(first_run.home, 3)
    assert set(failed) <= _changed_ids(accepted.home)
    assert not list((accepted.home.state / "acks").glob("*.csv"))


def test_an_answer_waits_while_runs_are_held(held_and_acknowledged: State) -> None:
    assert len(list((held_and_acknowledged.home.state / "acks").glob("*.csv"))) == 1


def test_a_selection_of_tables_starts_from_a_copy_of_the_live_version(
    first_run: State, copied: Callable[[State], Home]
) -> None:
    """One table and the publication are reported; all other tables are there too."""
    from icp_pipeline.definitions import defs

    home = copied(first_run)
    chosen = [["exports", "changes"], ["published", "warehouse"], ["published", "exports"]]
    with history(home) as instance:
        job = defs.resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(instance=instance, asset_selection=[dg.AssetKey(key) for key in chosen])
        assert result.success
        assert set(materializations(instance, last_run(instance).run_id)) == {".".join(key) for key in chosen}
    before, after = run_ids(home)
    assert home.live.resolve().stem == f"icp_{after}"
    assert json.loads((home.latest / "manifest.json").read_text())["run_id"] == after
    accounts = [_count(home, run) for run in (before, after)]
    assert accounts[0] == accounts[1] > 0


@pytest.mark.parametrize(
    "selected",
    [
        [],
        [["staging", "salesforce_accounts"]],
        [["icp", "account_tiers"], ["learning", "icp_model"]],
    ],
    ids=lambda keys: "+".join(".".join(key) for key in keys) or "publication alone",
)
def test_a_selection_that_publishes_on_a_later_day_publishes_that_day(
    selected: list[list[str]], first_run: State, copied: Callable[[State], Home]
) -> None:
    """Otherwise, tables of another day would be published under today's date, without what landed since."""
    from icp_pipeline.definitions import defs

    home = copied(first_run)
    accounts = home.landing / "salesforce" / "Account.csv"
    header, *rows = list(csv.reader(io.StringIO(accounts.read_text(encoding="utf-8-sig"), newline="")))
    gone = [row[0] for row in rows[:5]]
    with accounts.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([header, *rows[5:]])
    keys = [dg.AssetKey(key) for key in (*selected, ["published", "warehouse"], ["published", "exports"])]
    asked = {"resources": {"session": {"config": {"as_of": "2026-12-15", "accept": "a later day"}}}}
    with history(home) as instance:
        job = defs.resolve_implicit_global_asset_job_def()
        assert job.execute_in_process(instance=instance, asset_selection=keys, run_config=asked).success
    assert json.loads((home.latest / "manifest.json").read_text())["as_of"] == "2026-12-15"
    with duckdb.connect(str(home.live.resolve()), read_only=True) as connection:
        days = connection.execute("select distinct cast(as_of as varchar) from icp.account_tiers").fetchall()
        query = "select count(*) from core.accounts where salesforce_account_id[:15] in (select unnest(?)[:15])"
        assert days == [("2026-12-15",)]
        assert connection.execute(query, [gone]).fetchone() == (0,)


def test_a_selection_without_publication_says_that_it_is_a_trial(
    first_run: State, copied: Callable[[State], Home]
) -> None:
    from icp_pipeline.definitions import defs

    home = copied(first_run)
    with history(home) as instance:
        job = defs.resolve_implicit_global_asset_job_def()
        assert job.execute_in_process(instance=instance, asset_selection=[dg.AssetKey(["exports", "changes"])]).success
        run_id = last_run(instance).run_id
        told = materializations(instance, run_id)["exports.changes"].metadata["published"].value
        lines = [event.user_message for event in instance.all_logs(run_id) if event.level == logging.WARNING]
    assert str(told).startswith("No: built and checked on a copy") and "published/warehouse" in str(told)
    assert told in lines
    assert len(run_ids(home)) == 1


def test_a_run_of_everything_does_not_say_that_it_is_a_trial(first_run: State) -> None:
    with history(first_run.home) as instance:
        run_id = last_run(instance).run_id
        told = {name: event.metadata.get("published") for name, event in materializations(instance, run_id).items()}
        lines = [event.user_message for event in instance.all_logs(run_id) if event.level == logging.WARNING]
    assert "core.accounts" in told
    assert set(told.values()) == {None}
    assert not [line for line in lines if "built and checked on a copy" in line]


def _count(home: Home, run_id: str) -> int:
    path = home.root / "warehouse" / "versions" / f"icp_{run_id}.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        (rows,) = connection.execute("select count(*) from core.accounts").fetchone() or (0,)
    return int(rows)


def test_versions_can_be_listed_and_gone_back_and_forth(promoted: State, copied: Callable[[State], Home]) -> None:
    home = copied(promoted)
    oldest, _, newest = run_ids(home)
    listed = icp("versions", "--home", home.root).out
    assert [run for run in reversed(run_ids(home)) if run in listed] == list(reversed(run_ids(home)))
    for target in (oldest, newest):
        said = icp("rollback", target, "--home", home.root)
        assert said.code == 0 and f"Live: {target}" in said.out
        assert home.live.resolve().stem == f"icp_{target}"
        assert home.latest.resolve().name == target
        live = next(line for line in icp("versions", "--home", home.root).out.splitlines() if "live" in line)
        assert target in live


def test_an_unknown_version_is_refused_and_the_known_ones_are_named(first_run: State) -> None:
    said = icp("rollback", "20200101_000000_abcdef", "--home", first_run.home.root)
    assert said.code == 1
    assert run_ids(first_run.home)[0] in said.err


# End the process, as a power cut would, just before the exports follow the warehouse.
_KILLED = """
import os, signal, sys
from pathlib import Path
from icp_pipeline.home import Home
from icp_pipeline.run import publishing
from icp_pipeline.run.left_out import make_all_before
from icp_pipeline.run.session import Request, Run
publishing.exports.flip_latest = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with Run(Home(Path(sys.argv[1])), "29991231_000000_killed", Request(starts_from_live=True)) as run:
    run.open()
    make_all_before(run)
    publishing.publish_run(run)
"""


def test_a_kill_between_the_two_links_is_mended_by_the_next_run(
    first_run: State, copied: Callable[[State], Home]
) -> None:
    home = copied(first_run)
    before = home.latest.resolve().name
    done = subprocess.run([sys.executable, "-c", _KILLED, str(home.root)], cwd=PROJECT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert home.live.resolve().stem == "icp_29991231_000000_killed"
    assert home.latest.resolve().name == before
    with runs.Run(home, "29991231_000001_next"):
        assert home.latest.resolve().name == "29991231_000000_killed"


def test_a_second_run_is_told_who_holds_the_home(first_run: State, copied: Callable[[State], Home]) -> None:
    home = copied(first_run)
    enter_home(home)
    settings = home.root / "icp.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("schedule:\n", "schedule:\n  lock_wait_seconds: 0.2\n"), encoding="utf-8")
    with run_lock(home.root, "20261122_030000_nightly"):
        said = icp("run", "--home", home.root)
    assert said.code == 1
    assert "is locked by run 20261122_030000_nightly (process" in said.err and "waited 0.2 s" in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert run_ids(home) == run_ids(first_run.home)
