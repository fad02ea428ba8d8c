"""Midnight, little memory, and the same day again change no byte of the exports (F14, F43, F44).

Threads, time zones and the order of files are in `end_to_end/test_same_result.py`.
"""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dagster._utils.schedules import schedule_execution_time_iterator
from end_to_end.pipeline_runs import exports, live_state, manifest, one, query, run_pipeline, table_text
from fault_runs import assert_as_never_broken, ran

from icp_pipeline.home import Home
from icp_pipeline.orchestration.jobs import schedules
from icp_pipeline.run.session import Request, Run, new_run_id

# 14 hours ahead, 10 hours behind, and a quarter of an hour off.
ZONES = ("Pacific/Kiritimati", "America/Adak", "Asia/Kathmandu")


@pytest.mark.parametrize("zone", ZONES)
def test_a_run_across_midnight_keeps_the_day_it_started_on_in_utc(zone: str, tmp_path: Path) -> None:
    start = datetime.datetime(2026, 11, 1, 23, 59, 59, tzinfo=datetime.UTC).astimezone(ZoneInfo(zone))
    (tmp_path / "icp.yaml").write_text("outcomes: {}\n", encoding="utf-8")
    run = Run(Home(tmp_path), new_run_id(start, "midnight"), Request(), started_at=start.astimezone(datetime.UTC))
    assert run.as_of == datetime.date(2026, 11, 1)


@pytest.mark.parametrize("cron", ["30 2 * * *", "30 1 * * *", "30 0 * * *", "0 2 * * *", "0 3 * * *", "45 23 * * *"])
@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("Europe/Berlin", ("2027-03-28", "2027-10-31")),
        ("America/New_York", ("2027-03-14", "2027-11-07")),
        ("America/Santiago", ("2027-04-04", "2027-09-05")),  # at midnight
        ("Australia/Lord_Howe", ("2027-04-04", "2027-10-03")),  # by half an hour
    ],
)
def test_a_night_in_which_clocks_change_has_one_run_and_its_own_day(
    zone: str, changes: tuple[str, str], cron: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the moments when Dagster's daemon would start it, days before and after both clock changes of a year."""
    (tmp_path / "icp.yaml").write_text(f'schedule: {{refresh: "{cron}", timezone: {zone}}}\n', encoding="utf-8")
    monkeypatch.setenv("ICP_HOME", str(tmp_path))
    (nightly,) = [item for item in schedules() if item.name == "icp_refresh_daily"]
    for change in map(datetime.date.fromisoformat, changes):
        first = change - datetime.timedelta(days=3)
        start = datetime.datetime.combine(first, datetime.time(), ZoneInfo(zone)).timestamp()
        ticks = schedule_execution_time_iterator(start, cron, nightly.execution_timezone, ascending=True)
        days = []
        for tick in itertools.islice(ticks, 7):
            started = tick.astimezone(datetime.UTC) + datetime.timedelta(seconds=20)
            days.append(Run(Home(tmp_path), new_run_id(started, "dst"), Request(), started_at=started).as_of)
        assert days == [first + datetime.timedelta(days=number) for number in range(7)]


@pytest.mark.slow
def test_the_same_inputs_again_give_the_same_bytes_and_no_second_history(home: Path, clean: Path) -> None:
    moves = one(home, "select count(*) from history.tier_changes")
    tags = table_text(home, "history.crm_tags")
    for _ in range(2):
        assert ran(home).startswith("published")
        assert_as_never_broken(home, clean)
    assert manifest(home) == manifest(clean)
    assert one(home, "select count(*) from history.tier_changes") == moves
    assert table_text(home, "history.crm_tags") == tags
    assert query(home, "select account_id from history.account_tiers group by 1 having count(*) > 1").empty


@pytest.mark.slow
def test_an_old_day_is_shown_only_when_asked_for_and_the_next_run_is_back_at_today(home: Path, clean: Path) -> None:
    assert ran(home, "--as-of", "2026-06-30").startswith("published")
    assert manifest(home)["as_of"] == "2026-06-30"
    assert ran(home).startswith("published")
    assert manifest(home)["as_of"] == "2026-11-21"
    assert exports(home) == exports(clean)
    days = query(home, "select cast(as_of as varchar) as day from history.runs order by started_at")["day"].tolist()
    assert days == ["2026-11-21", "2026-06-30", "2026-11-21"]


@pytest.mark.slow
def test_little_memory_is_enough_and_changes_nothing(home: Path, clean: Path) -> None:
    assert ran(home, ICP_MEMORY_LIMIT="120MB").startswith("published")
    assert_as_never_broken(home, clean)


@pytest.mark.slow
def test_far_too_little_memory_is_said_and_nothing_is_published(home: Path, clean: Path) -> None:
    before = live_state(home)
    said = ran(home, ICP_MEMORY_LIMIT="3MB")
    assert said.startswith("error:") and "memory" in said.lower(), said
    assert live_state(home) == before
    run_pipeline(home)
    assert_as_never_broken(home, clean)
