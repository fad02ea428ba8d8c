"""The benchmark's table shows the targets, what was measured, and what could not be measured."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bench.measure import BenchError, Measured, Stage, measure, stage_named_in
from bench.pipeline import PipelineRun, middle_of
from bench.readme import RESULTS, shown_speed, speed, write_speed
from bench.report import as_markdown, print_results, write_results
from bench.results import Machine, Results, slowest_models, targets
from bench.rivals import Rival


def _run(seconds: float, parsed: int = 0, peak_mb: float = 900.0) -> PipelineRun:
    stages = [Stage("start", 5.0, 300.0), Stage("landing", seconds - 5.0, peak_mb)]
    return PipelineRun(Measured("run", seconds, seconds, peak_mb, stages), {"checks": 1.5}, parsed, 1000)


@pytest.fixture
def results() -> Results:
    machine = Machine(2, 8.0, "3.11", "Linux x86_64", 0.1, {"duckdb": "2.0.0"})
    found = Results(1000, 50_000, machine, landing_mb=12.5)
    found.fixed, found.first, found.unchanged, found.new_day = _run(10), _run(60, 70), _run(14), _run(16, 1)
    found.fixed_again = _run(9)
    told = "landing\ncore: building 2 tables\n  0.250 s  core.deals\n  4.100 s  core.accounts\npublishing"
    found.bare = Measured("bare DuckDB", 40.0, 60.0, 2000.0, [Stage("landing", 12.0, 2000.0)], told)
    found.rivals = [
        Rival("bare DuckDB", 40.0, 60.0, 2000.0, is_peer=False, different={}),
        Rival("dbt, tables only", 30.0, 30.0, 2000.0, is_checking=False, different={}),
        Rival("dbt, tables and tests", 80.0, 90.0, 2000.0, 15.0, "dbt-core 1", different={"core.deals": (1, 2)}),
        Rival("sqlmesh", 0.0, 0.0, 0.0, missing="no network"),
    ]
    return found


def test_each_target_is_judged(results: Results) -> None:
    judged = {target.asked: target for target in targets(results)}
    assert [target.reached for target in judged.values()] == [True, True, True, True, True, True, None]
    assert any("50.0 s : 40.0 s = 1.25 x" in target.measured for target in judged.values())
    assert any("7.0 s of 50.0 s: 14%" in target.measured for target in judged.values())


@pytest.mark.parametrize(
    ("name", "worse", "missed"),
    [
        pytest.param("fixed", _run(12.5), "fixed start (", id="fixed start too slow"),
        pytest.param("unchanged", _run(15.5), "unchanged", id="second run too slow"),
        pytest.param("unchanged", _run(14, parsed=1), "unchanged", id="second run parsed a file"),
        pytest.param("new_day", _run(20, 1), "one new day", id="new day too slow"),
        pytest.param("new_day", _run(16, 1, peak_mb=6100), "peak memory", id="too much memory"),
        pytest.param("first", _run(63, 70), "whole pipeline", id="too far from the limit"),
        pytest.param("rivals", [Rival("dbt", 45.0, 45.0, 900.0)], "without the fixed start faster than dbt", id="dbt"),
    ],
)
def test_a_miss_is_a_miss(results: Results, name: str, worse: PipelineRun | list[Rival], missed: str) -> None:
    setattr(results, name, worse)
    assert [target.asked.startswith(missed) for target in targets(results) if target.reached is False] == [True]


def test_a_peer_that_checks_nothing_is_shown_but_not_raced(results: Results) -> None:
    assert not [target for target in targets(results) if "tables only" in target.asked]
    assert "| dbt, tables only | 30.0 |" in as_markdown(results)


def test_the_slowest_models_come_first(results: Results) -> None:
    assert slowest_models(results) == [("core.accounts", 4.1), ("core.deals", 0.25)]
    assert "| core.accounts | 4.1 |" in as_markdown(results)


def test_the_page_names_what_is_not_measured_and_what_differs(results: Results) -> None:
    page = as_markdown(results)
    assert "1,000 accounts, 50,000 usage events" in page
    assert "| sqlmesh | not measured |  |  | no network |" in page
    assert "1 tables with different row counts: core.deals" in page
    assert "same row counts as the pipeline" in page
    assert "| landing | 55.0 | 900 |" in page
    assert "| checks (within the above) | 1.5 |" in page


def test_terminal_and_files_hold_the_same_verdicts(results: Results, tmp_path: Path) -> None:
    out = io.StringIO()
    print_results(results, Console(file=out, width=200))
    write_results(results, tmp_path)
    assert out.getvalue().count(" ok ") == 6
    assert (tmp_path / "RESULTS.md").read_text(encoding="utf-8").count("| ok |") == 6
    assert '"reached": null' in (tmp_path / "results.json").read_text(encoding="utf-8")


def test_a_half_done_benchmark_still_prints(results: Results) -> None:
    results.new_day, results.bare, results.rivals = None, None, []
    assert "first run" in as_markdown(results)
    assert len(targets(results)) == 3


@pytest.mark.parametrize(
    ("line", "stage"),
    [
        ("  12.3 s  core: building 33 tables", "core"),
        ("core: building 33 tables", "core"),
        ("   0.1 s  landing: reading files", "landing"),
        ("   0.1 s  landing/usage: 5 rows", None),
        ("  30.0 s  learning: criteria and evidence", "learning"),
        ("  40.0 s  publishing", "publishing"),
        ("Published 1,200 accounts", None),
    ],
)
def test_progress_lines_name_stages(line: str, stage: str | None) -> None:
    assert stage_named_in(line) == stage


def test_a_command_is_measured_by_stage() -> None:
    code = "import time\nprint('landing')\nheld = bytearray(60_000_000)\ntime.sleep(0.4)\nprint('publishing')"
    measured = measure("try", [sys.executable, "-c", code])
    assert [stage.name for stage in measured.stages] == ["start", "landing", "publishing"]
    assert measured.stage("landing").seconds > 0.3
    assert measured.stage("landing").peak_mb > 60


def test_a_failed_command_is_no_measurement() -> None:
    with pytest.raises(BenchError, match="exit code 3"):
        measure("try", [sys.executable, "-c", "print('why'); raise SystemExit(3)"])


def test_of_several_rounds_the_middle_one_counts_and_the_spread_is_told(results: Results) -> None:
    results.first = middle_of([_run(80), _run(60), _run(61.5)])
    assert results.first.measured.seconds == 61.5 and results.first.spread == (60, 80)
    assert "all rounds 60.0 to 80.0 s" in as_markdown(results)
    results.new_day_shares = [0.14, 0.22, 0.13]
    assert any("7.0 s of 51.5 s: 14% (13% to 22%)" in target.measured for target in targets(results))


def test_readme_shows_the_middle_and_the_spread_of_what_was_measured(results: Results, tmp_path: Path) -> None:
    results.first, results.rounds = middle_of([_run(80), _run(60), _run(65)]), 3
    results.new_day_shares = [0.2, 0.1, 0.12]
    write_results(results, tmp_path)
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- measured -->\nold figures\n<!-- /measured -->\nafter\n", encoding="utf-8")
    write_speed(tmp_path / "results.json", readme)
    shown = shown_speed(readme)
    assert "| first run, in total | 65.0 | 60.0 to 80.0 | 0.9 GB |" in shown
    assert "takes 55.0 s, 1.38 times bare DuckDB" in shown and "12% of a first run (10% to 20%)" in shown
    # A peer that checks nothing, or was not measured, is not compared.
    assert "tables only" not in shown and "sqlmesh" not in shown
    assert readme.read_text(encoding="utf-8").startswith("before\n<!-- measured -->\n`make bench`, 1,000 accounts")


def test_the_figures_in_the_readme_are_those_of_the_last_benchmark() -> None:
    """`make bench` writes both; `python -m bench.readme` updates README from the results."""
    assert shown_speed() == speed(json.loads(RESULTS.read_text(encoding="utf-8")))
