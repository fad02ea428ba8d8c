"""Ctrl-C and SIGTERM end a run at once, whatever its threads are doing, with a message and its own exit code (F69)."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from end_to_end.pipeline_runs import live_state
from fault_runs import assert_as_never_broken, assert_whole, environment

from icp_pipeline.home import SQL
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.run.stages import stages
from icp_pipeline.terminal.interrupts import was_interrupted

SCRIPT = Path(__file__).with_name("icp_that_is_interrupted.py")
# What a run prints once it is published.
PUBLISHED = "Published"


def _heeds_signals() -> None:
    """The test runner may ignore signals, and ignored signals are inherited."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def _lines() -> dict[str, str]:
    """The line that a run prints as it enters each stage, and the message when it is interrupted there."""
    found = {"landing: reading files": "landing"}
    for stage in stages(cached_models(SQL)):
        if not stage.is_learning:
            found[f"{stage.name}: building"] = f"{stage.name}_models"
    told = "error: interrupted in {}. Nothing was published, and the last version stays live."
    stops = {line: told.format(step) for line, step in found.items()}
    stops["publishing"] = (
        "error: interrupted while publishing: `icp versions` shows what is live; the next run finishes it."
    )
    return stops


@pytest.mark.slow
def test_a_signal_in_any_stage_ends_the_run_in_one_line_and_the_next_is_clean(home: Path, clean: Path) -> None:
    """SIGTERM in each stage; in some, also Ctrl-C and a closed terminal, which take the same path."""
    before, first, stops = live_state(home), assert_whole(home), _lines()
    asked = [("SIGTERM", line) for line in stops]
    asked += [("SIGINT", line) for line in ("landing: reading files", "publishing")]
    asked.append(("SIGHUP", "staging: building"))
    asked.append(("SIGTERM", PUBLISHED))
    command = [sys.executable, str(SCRIPT), *itertools.chain(*asked), "--", "run", "--home", str(home)]
    run = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), preexec_fn=_heeds_signals
    )
    assert run.stdout is not None
    for _, line in asked[:-1]:
        found = json.loads(run.stdout.readline())
        assert [*found[:3], " ".join(found[3].split())] == [line, True, 1, stops[line]]
    # The last of them is working on the next run.
    assert live_state(home) == before
    note = "note: interrupted after the run was published, so only its summary is missing: `icp versions`"
    said, _ = run.communicate(timeout=300)
    assert json.loads(said) == [PUBLISHED, True, 0, f"{note}\n"]
    assert assert_whole(home) != first
    assert_as_never_broken(home, clean)


# A wait instead of a statement: while DuckDB has the main thread, Python handles no signal until it returns.
SLOWLY = """
import os, sys, threading, time
from icp_pipeline import cli, duck

number = int(sys.argv.pop(1))

def slowly(*args, **kwargs):
    threading.Timer(0.1, os.kill, (os.getpid(), number)).start()
    time.sleep(50)

duck.connect = slowly
cli.main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_command_that_is_interrupted_says_so_in_one_line(number: signal.Signals, published: Path) -> None:
    command = [sys.executable, "-c", SLOWLY, str(int(number)), "diff", "--home", str(published)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        preexec_fn=_heeds_signals,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "error: interrupted. Nothing was published, and the last version stays live.\n"


def test_what_duckdb_makes_of_an_interruption_is_one_too() -> None:
    assert was_interrupted(RuntimeError("Query interrupted"))
    assert not was_interrupted(RuntimeError("the run resource is only there while a run is executing"))
