"""Great Expectations runs in its own process: a crash there is an error, never a pass, and it ends with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from icp_pipeline.names import TableName
from icp_pipeline.quality.gx_process import GxProcess, ProcessGoneError
from icp_pipeline.quality.gx_worker import import_when_used
from icp_pipeline.quality.verdicts import Judge, JudgeError

FRAMES = {
    TableName("core", "accounts"): pd.DataFrame(
        [("unique", "id", "critical", 0, 9), ("not_null", "id", "warning", 2, 9)],
        columns=["check", "column", "severity", "failing", "total"],
    )
}


@pytest.fixture(scope="module")
def library() -> Iterator[GxProcess]:
    """One process for these tests, because its import takes seconds."""
    started = GxProcess()
    yield started
    started.close()


def is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def number_of(library: GxProcess) -> int:
    library.start()
    assert library._process is not None
    return library._process.pid


def test_it_judges_and_writes_pages_without_the_library_in_this_process(library: GxProcess, tmp_path: Path) -> None:
    checks = Judge(tmp_path, "run", library)
    assert [verdict.passed for verdict in checks.judge(FRAMES)] == [True, False]
    checks.write_docs()
    page = next((tmp_path / "validations" / "core").rglob("*.html")).read_text(encoding="utf-8")
    assert "core.accounts #unique: id" in page and "core.accounts (warning) #not_null: id" in page


def test_what_fails_there_is_told_and_it_goes_on(library: GxProcess, tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match=r"the checks of core could not be run: GxProcessError: .*severity"):
        Judge(tmp_path, "run", library).judge({name: f.assign(severity="dire") for name, f in FRAMES.items()})
    assert [verdict.passed for verdict in Judge(tmp_path, "run", library).judge(FRAMES)] == [True, False]


def test_pages_of_what_another_process_judged_are_an_error(library: GxProcess, tmp_path: Path) -> None:
    checks = Judge(tmp_path, "run", library)
    checks.judge(FRAMES)
    os.kill(number_of(library), signal.SIGKILL)
    wait_until(lambda: library._process is None or library._process.poll() is not None)
    with pytest.raises(JudgeError, match="the results cannot be kept"):
        checks.write_docs()
    checks.write_docs()  # reported once; a lost process is not used again


def test_its_death_while_it_is_asked_is_an_error_and_leaves_no_zombie(tmp_path: Path) -> None:
    library = GxProcess()
    number = number_of(library)
    os.kill(number, signal.SIGSTOP)
    subprocess.Popen([sys.executable, "-c", f"import os, time; time.sleep(0.3); os.kill({number}, 9)"])
    with pytest.raises(ProcessGoneError, match="ended by SIGKILL"):
        library.judge("session", "core", pa.table({"name": ["a"], "severity": ["critical"], "failing": [0]}))
    assert not Path(f"/proc/{number}").exists()


def _heeds_signals() -> None:
    """The test runner may have signals ignored or blocked, as a shell does in the background."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_the_process_that_started_it(end: signal.Signals) -> None:
    code = (
        "import time; from icp_pipeline.quality.gx_process import shared\n"
        "shared.start(); print(shared._process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=_heeds_signals
    )
    assert parent.stdout is not None
    number = int(parent.stdout.readline())
    assert is_alive(number)
    parent.send_signal(end)
    parent.wait()
    wait_until(lambda: not is_alive(number))


def test_statistics_that_no_expectation_asks_for_are_imported_by_the_first_that_does() -> None:
    for _ in range(2):
        import_when_used("wsgiref.validate")
    from wsgiref import validate

    assert "WSGIWarning" not in object.__getattribute__(validate, "__dict__")
    assert issubclass(validate.WSGIWarning, Warning)
    import_when_used("wsgiref.validate")
    assert sys.modules["wsgiref.validate"] is validate
