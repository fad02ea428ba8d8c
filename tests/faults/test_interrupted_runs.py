"""Ctrl-C ends a run at once, whatever its threads are doing, and in words."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from icp_pipeline.sample.write import write_sample


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("core: building", "interrupted in core_models. Nothing was published, and what was live stays."),
        ("icp: building", "interrupted in icp_models. Nothing was published, and what was live stays."),
    ],
)
def test_an_interrupted_run_ends_in_words_and_leaves_nothing_behind(line: str, said: str, tmp_path: Path) -> None:
    write_sample(tmp_path, accounts=8_000, events=100_000)
    run = subprocess.Popen(
        [Path(sys.executable).with_name("icp"), "run", "--home", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONUNBUFFERED": "1"},
        # Who runs the tests may ignore it, and what is ignored is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert run.stdout is not None
    assert any(line in told for told in run.stdout), "it came as far as that"
    run.send_signal(signal.SIGINT)
    _, error = run.communicate(timeout=60)
    assert run.returncode == 1
    assert " ".join(error.split()) == f"error: {said}"
    assert not list((tmp_path / "warehouse").rglob("*.duckdb*"))
    assert not (tmp_path / "exports" / "latest").exists()
