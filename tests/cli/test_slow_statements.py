"""What a command prints while a statement takes its time, to somebody who looks at it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

from orchestration.published_homes import State

from icp_pipeline.home import PROJECT

# A program run by `-c` is a session to DuckDB: it draws progress on stdout of whatever takes more than two seconds.
PROGRAM = """
import threading
from contextlib import contextmanager
from icp_pipeline import duck
from icp_pipeline.cli import main

opened = duck.connect

@contextmanager
def slowly(*args, **kwargs):
    with opened(*args, **kwargs) as connection:
        threading.Timer(3, connection.interrupt).start()
        try:
            connection.execute("select max(sin(a.range * b.range)) from range(30000) as a, range(30000) as b")
        except duck.DuckError as error:
            assert "INTERRUPT" in str(error), error
        yield connection

duck.connect = slowly
main()
"""


def test_no_progress_bar_stands_before_the_json_of_a_command(first_run: State) -> None:
    mine, its = pty.openpty()
    command = [sys.executable, "-c", PROGRAM, "diff", "--home", str(first_run.home.root), "--json"]
    with subprocess.Popen(command, cwd=PROJECT, stdin=its, stdout=its, stderr=subprocess.DEVNULL) as process:
        os.close(its)
        printed = _all_of(mine)
    assert process.returncode == 0
    assert json.loads(printed)["icp_id"] == "primary"


def _all_of(terminal: int) -> bytes:
    """What is written to a terminal until nobody holds it any more."""
    parts = []
    try:
        while part := os.read(terminal, 65_536):
            parts.append(part)
    except OSError:  # as Linux says it
        pass
    finally:
        os.close(terminal)
    return b"".join(parts)
