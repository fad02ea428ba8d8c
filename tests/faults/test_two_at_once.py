"""Two homes that run at the same time on one machine do not interfere; two runs of one home take turns."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from end_to_end.pipeline_runs import copy_home, leftovers, one, table_text, values
from fault_runs import assert_whole, environment, started
from faults.conftest import new_deal
from orchestration.dagster_history import history

from icp_pipeline.home import Home

pytestmark = pytest.mark.slow

COMMAND = "import sys; sys.argv[0] = 'icp'; from icp_pipeline.cli import main; main()"
RUNS = "select run_id from history.runs order by sequence"
DEALS = "select count(*) from core.deals"


def icp_run(home: Path, temporary: Path) -> subprocess.Popen[str]:
    """`icp run` in its own process; both homes share one folder for temporary files."""
    words = [sys.executable, "-c", COMMAND, "run", "--home", str(home)]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, env=environment(TMPDIR=str(temporary)))


@contextmanager
def reading(*homes: Path) -> Iterator[dict[Path, set[tuple[str, int]]]]:
    """A reader that opens each home's warehouse again and again; yields what it saw: the newest run and its deals."""
    seen: dict[Path, set[tuple[str, int]]] = {home: set() for home in homes}
    failed: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        query = f"select (select max_by(run_id, sequence) from history.runs), ({DEALS})"
        while not done.is_set():
            for home in homes:
                try:
                    with duckdb.connect(str(home / "warehouse" / "live.duckdb"), read_only=True) as reader:
                        seen[home] |= {*reader.execute(query).fetchall()}
                except duckdb.Error as error:
                    failed.append(error)
            done.wait(0.2)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        done.set()
        reader.join()
    assert failed == []


def test_two_homes_at_once_do_not_meet(published: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    first, deals = assert_whole(published), one(published, DEALS)
    changed = new_deal(copy_home(published, tmp_path / "acme"))
    same = copy_home(published, tmp_path / "acme eu")
    with reading(changed, same) as seen:
        running = {home: icp_run(home, temporary) for home in (changed, same)}
        for home, process in running.items():
            _, error = process.communicate(timeout=500)
            assert (process.returncode, error) == (0, ""), home
    for home, number in ((changed, deals + 1), (same, deals)):
        run = assert_whole(home)
        assert values(home, RUNS) == [first, run]
        # A reader saw the version before or after, of its own home, and nothing else.
        assert seen[home] <= {(first, deals), (run, number)} and (first, deals) in seen[home]
        assert leftovers(home) == []
        with history(Home(home)) as instance:
            assert [item.status for item in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS]
    for table in ("core.accounts", "core.deals"):
        assert table_text(same, table) == table_text(published, table), table
    assert values(changed, RUNS)[1] != values(same, RUNS)[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["acme", "acme eu", "tmp"]
    assert list(temporary.iterdir()) == []


def test_two_runs_of_one_home_take_turns_or_the_second_says_who_is_at_work(home: Path) -> None:
    before = values(home, RUNS)
    running = [started(home) for _ in range(2)]
    said = [process.communicate(input="", timeout=300) for process in running]
    published = [out.split()[-1] for out, _ in said if out.startswith("published ")]
    refused = [out for out, _ in said if not out.startswith("published ")]
    assert published and all("is locked by run " in line and line.count("\n") == 1 for line in refused)
    assert sorted(values(home, RUNS)) == sorted([*before, *published])
    assert assert_whole(home) == values(home, RUNS)[-1]
    assert leftovers(home) == []
