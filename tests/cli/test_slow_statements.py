"""What commands print while statements take long, when somebody is watching."""

from __future__ import annotations

import csv
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest
from orchestration.published_homes import State

from icp_pipeline.home import PROJECT, Home

# DuckDB treats a `-c` program as an interactive session: it prints progress for anything over two seconds.
PROGRAM = """
import json, sys, threading
from contextlib import contextmanager, suppress
from icp_pipeline import duck
from icp_pipeline.cli import run_command

opened, left = duck.connect, []

@contextmanager
def slowly(*args, **kwargs):
    with opened(*args, **kwargs) as connection:
        if left:
            left.pop()
            threading.Timer(2.6, connection.interrupt).start()
            try:
                connection.execute("select max(sin(a.range * b.range)) from range(30000) as a, range(30000) as b")
            except duck.DuckError as error:
                assert "INTERRUPT" in str(error), error
        yield connection

duck.connect = slowly
for command in json.loads(sys.argv[1]):
    sys.argv, left[:] = ["icp", *command], ["the first connection of a command"]
    code = run_command()
    assert not code, (command, code)
"""


@pytest.mark.slow
def test_no_progress_bar_stands_in_the_json_of_any_command(
    first_run: State, copied: Callable[[State], Home], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = copied(first_run)
    with duckdb.connect(str(home.live.resolve()), read_only=True) as connection:
        accounts = connection.execute(
            "select account_id, domain from core.accounts where domain is not null order by 1 limit 1"
        )
        account, domain = accounts.fetchone() or ("", "")
    listed = tmp_path_factory.mktemp("scored") / "list.csv"
    with listed.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["domain"], [domain]])
    # By command, a key that only its answer has.
    commands = {
        "icp_id": ["diff"],
        "published": ["versions", "--disk"],
        "scorecard": ["explain", account],
        "rows": ["score", str(listed)],
        "slots": ["content", "--preview", domain],
        "dry_run": ["run", "--dry-run"],
        "rebuilds": ["run"],
        "learned": ["refit"],
    }
    asked = [[*command, "--json", "--home", str(home.root)] for command in commands.values()]
    mine, its = pty.openpty()
    program = [sys.executable, "-c", PROGRAM, json.dumps(asked)]
    with subprocess.Popen(program, cwd=PROJECT, stdin=its, stdout=its, stderr=subprocess.DEVNULL) as process:
        os.close(its)
        printed = list(_objects(_all_of(mine).decode()))
    assert process.returncode == 0
    assert [key in answer for key, answer in zip(commands, printed, strict=True)] == [True] * len(commands)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """JSON objects one after the other; anything between them is an error."""
    while text := text.lstrip():
        found, end = json.JSONDecoder().raw_decode(text)
        yield dict(found)
        text = text[end:]


def _all_of(terminal: int) -> bytes:
    """Everything written to a terminal until no process has it open."""
    parts = []
    try:
        while part := os.read(terminal, 65_536):
            parts.append(part)
    except OSError:  # on Linux
        pass
    finally:
        os.close(terminal)
    return b"".join(parts)
