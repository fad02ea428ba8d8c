"""Harlequin, in its own environment as analysts have it (`make harlequin`): saved queries keep working.

The program itself, headless: it opens `warehouse/live.duckdb` as a person would, shows its catalogue and runs a query.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from icp_pipeline.warehouse.paths import shared_path

pytestmark = pytest.mark.slow
PYTHON = Path(sys.prefix) / "harlequin" / "bin" / "python"
PublishRun = Callable[..., Path]
SAVED = 'select max(number) from "live"."core"."facts"'


@pytest.fixture(autouse=True)
def _installed() -> None:
    if not PYTHON.exists():
        missing = "Harlequin is not installed: make harlequin"
        assert "ICP_TESTS_NEED_HARLEQUIN" not in os.environ, missing
        pytest.skip(missing)


def _window(home: Path) -> subprocess.Popen[str]:
    command = [str(PYTHON), str(Path(__file__).with_name("harlequin_window.py")), str(shared_path(home)), SAVED]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _answer(window: subprocess.Popen[str]) -> object:
    assert window.stdout is not None
    return json.loads(window.stdout.readline())


def test_a_saved_query_works_for_three_nights_and_an_open_window_keeps_its_night(
    home: Path, publish_run: PublishRun
) -> None:
    publish_run("r1", number=1)
    with _window(home) as stays:
        assert stays.stdin is not None
        number, schemas = _answer(stays)  # type: ignore[misc]
        assert number == 1 and "core" in schemas
        for night in (2, 3):
            publish_run(f"r{night}", number=night)
            stays.stdin.write("again\n")
            stays.stdin.flush()
            assert _answer(stays) == 1
            with _window(home) as opened:
                assert _answer(opened)[0] == night  # type: ignore[index]
