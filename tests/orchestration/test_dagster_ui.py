"""`icp dev` as a data engineer sees it: pages in a real browser, and the requests that its buttons send."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from orchestration.published_homes import State, run_ids

from icp_pipeline.home import PROJECT, Home

pytestmark = pytest.mark.slow

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CODE = {"repositoryLocationName": "icp_pipeline", "repositoryName": "__repository__"}
LAUNCH = """
mutation ($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
RUN = """
query ($id: ID!) {
  runOrError(runId: $id) {
    ... on Run { status eventConnection { events { ... on MessageEvent { message } } } }
  }
}
"""
DRY_TICK = """
mutation ($schedule: ScheduleSelector!, $at: Float!) {
  scheduleDryRun(selectorData: $schedule, timestamp: $at) {
    ... on DryRunInstigationTick { evaluationResult { runRequests { runKey } error { message } } }
  }
}
"""
CHECKS = """
query ($key: AssetKeyInput!) {
  assetCheckExecutions(assetKey: $key, checkName: "column_tags", limit: 1) { runId status }
}
"""


class Ui:
    """A running `icp dev` of one home."""

    def __init__(self, home: Home, port: int) -> None:
        self.home, self.address = home, f"http://127.0.0.1:{port}"

    def ask(self, query: str, **variables: Any) -> Any:
        """Send a request that a page or button of the UI sends."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.address}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer
        return answer["data"]

    def launch(self, assets: list[Any], **selection: Any) -> str:
        """Start a run of the selection through the queue and wait for its end; return its id."""
        selector = {**CODE, "pipelineName": "__ASSET_JOB", "assetSelection": assets, **selection}
        params = {"selector": selector, "runConfigData": {}, "mode": "default"}
        launched = self.ask(LAUNCH, params=params)["launchPipelineExecution"]
        run_id = str(launched["run"]["runId"])
        run = _until(lambda: self._ended(run_id), seconds=300)
        assert run["status"] == "SUCCESS", [event.get("message") for event in run["eventConnection"]["events"]][-10:]
        return run_id

    def _ended(self, run_id: str) -> Any:
        run = self.ask(RUN, id=run_id)["runOrError"]
        return run if run["status"] in ("SUCCESS", "FAILURE", "CANCELED") else None

    def page(self, path: str, profile: Path, *words: str) -> str:
        """A page as the browser has rendered it, once it has all these words."""

        def drawn() -> str | None:
            command = [str(BROWSER), "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
            command += ["--virtual-time-budget=25000", "--dump-dom", f"{self.address}{path}"]
            text = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False).stdout
            return text if all(word in text for word in words) else None

        return str(_until(drawn, seconds=120))


def _until(ask: Callable[[], Any], seconds: float) -> Any:
    """The answer of `ask`, as soon as it succeeds; fails after this many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            answer = ask()
            if answer:
                return answer
        time.sleep(1)
    raise AssertionError(f"no answer within {seconds:g} s")


@pytest.fixture(scope="module")
def ui(first_run: State, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    home = Home(tmp_path_factory.mktemp("ui") / "home")
    shutil.copytree(first_run.home.root, home.root, symlinks=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("icp"), "dev", "--home", home.root, "--port", str(port)]
    with (home.root.parent / "dev.log").open("wb") as log:
        # A separate process group, so that everything it starts ends with it.
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, cwd=home.root)
    running = Ui(home, port)
    try:
        _until(lambda: running.ask("{ version }"), seconds=180)
        yield running
    finally:
        os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def materialized(ui: Ui) -> str:
    """What the button *Materialize all* starts."""
    nodes = ui.ask("{ assetNodes { assetKey { path } } }")["assetNodes"]
    return ui.launch([node["assetKey"] for node in nodes])


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A fresh browser profile."""
    if BROWSER is None:
        pytest.skip("no chromium or chrome is installed; CI installs one")
    return tmp_path / "profile"


def test_materialize_all_succeeds_and_publishes(ui: Ui, materialized: str) -> None:
    newest = run_ids(ui.home)[-1]
    assert newest.endswith(materialized[:6])
    assert ui.home.live.resolve().stem == f"icp_{newest}"
    assert ui.home.latest.resolve().name == newest


def test_a_check_can_be_executed_alone(ui: Ui, materialized: str) -> None:
    """Its button checks the live table; nothing is built or published."""
    before = run_ids(ui.home)
    key = {"path": ["core", "accounts"]}
    run_id = ui.launch([], assetCheckSelection=[{"assetKey": key, "name": "column_tags"}])
    (execution,) = ui.ask(CHECKS, key=key)["assetCheckExecutions"]
    assert execution == {"runId": run_id, "status": "SUCCEEDED"}
    assert run_ids(ui.home) == before


def test_its_servers_listen_on_this_machine_only(ui: Ui) -> None:
    """Dagster's UI has no login: whoever reaches it can run everything."""
    listening = set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("ICP_HOME") == str(ui.home.root):
                found = process.net_connections(kind="inet")
                listening |= {one.laddr.ip for one in found if one.status == psutil.CONN_LISTEN}
    assert listening and listening <= {"127.0.0.1", "::1"}


def test_a_tick_of_each_schedule_asks_for_one_run(ui: Ui) -> None:
    for name in ("icp_refresh_daily", "icp_refit_quarterly"):
        tick = ui.ask(DRY_TICK, schedule={**CODE, "scheduleName": name}, at=1795316400.0)["scheduleDryRun"]
        assert tick["evaluationResult"]["error"] is None
        assert len(tick["evaluationResult"]["runRequests"]) == 1


def test_the_graph_shows_the_groups_and_offers_to_materialize_all(ui: Ui, browser: Path) -> None:
    groups = [f">{name}<" for name in ("lake", "staging", "core", "segments", "learning", "icp", "published")]
    ui.page("/asset-groups", browser, "Global asset lineage", "Materialize all", *groups)


def test_a_run_shows_its_steps_assets_and_checks(ui: Ui, materialized: str, browser: Path) -> None:
    ui.page(f"/runs/{materialized}", browser, "Success", "core_models", " assets", " checks")


def test_the_run_of_the_command_line_is_in_the_same_list(ui: Ui, browser: Path) -> None:
    ui.page("/runs", browser, "icp_refresh", "Success")


def test_a_check_says_what_it_asks_and_that_it_blocks(ui: Ui, browser: Path) -> None:
    ui.page("/assets/core/accounts?view=checks", browser, "column_tags", "blocking", "not_null: account_id", "Passed")


def test_a_table_shows_its_columns_with_their_meaning(ui: Ui, browser: Path) -> None:
    ui.page("/assets/icp/account_tiers", browser, "Row count", "tier_since", "Day it entered this tier.")


def test_automation_shows_schedules_in_utc_and_the_sensor(ui: Ui, browser: Path) -> None:
    names = ("icp_refresh_daily", "icp_refit_quarterly", "icp_refit_when_needed")
    ui.page("/automation", browser, *names, "03:00 AM UTC")


def test_no_dialog_asks_for_an_address_and_nothing_is_written_to_the_project(ui: Ui, browser: Path) -> None:
    assert ui.ask("{ shouldShowNux }") == {"shouldShowNux": False}
    assert not (PROJECT / ".telemetry").exists()
    assert not (PROJECT / "history").exists()
