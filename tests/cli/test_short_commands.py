"""Commands that only read answer at once: they import no library that they do not need."""

from __future__ import annotations

import subprocess
import sys

import pytest
from orchestration.published_homes import State

# Each takes half a second or more to import.
_SLOW = {"great_expectations", "dagster", "sklearn", "scipy", "sqlglot", "matplotlib", "pandas", "pyarrow"}
# `check` parses only what has changed since its last run.
_MAY_IMPORT = {"check": {"pandas", "pyarrow", "sqlglot"}}
_CODE = """
import sys
from icp_pipeline import cli
sys.argv = ["icp", *sys.argv[1:]]
cli.run_command()
print("\\n" + " ".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.mark.parametrize("command", ["versions", "diff", "explain", "check"])
def test_a_command_that_reads_imports_only_what_it_needs(command: str, first_run: State) -> None:
    about = ["no-such-account.example"] if command == "explain" else []
    said = subprocess.run(
        [sys.executable, "-c", _CODE, command, *about, "--home", str(first_run.home.root)],
        capture_output=True,
        text=True,
        check=False,
    )
    imported = set(said.stdout.splitlines()[-1].split())
    assert "duckdb" in imported, said.stderr
    assert imported & _SLOW <= _MAY_IMPORT.get(command, set())


def test_a_run_imports_what_it_learns_with_only_when_it_learns() -> None:
    code = "import sys, icp_pipeline.orchestration.assembly; print(*{name.partition('.')[0] for name in sys.modules})"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(said.stdout.split())
    assert "dagster" in imported
    assert not imported & {"great_expectations", "scipy", "sklearn", "matplotlib"}
