"""What the CRM received and accepted: the delta is exact, failed records are sent again, dry runs change nothing."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from end_to_end.pipeline_runs import (
    add_rows,
    copy_home,
    exports,
    one,
    query,
    read_rows,
    run_pipeline,
    values,
    write_rows,
)
from rich.console import Console
from warehouse.small_runs import settings_tables

from icp_pipeline.activation.safe_cells import salesforce_id_18
from icp_pipeline.home import SQL, Home
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName
from icp_pipeline.quality.gx_process import shared as judge
from icp_pipeline.run.acknowledge import _mark, acknowledge
from icp_pipeline.run.dry_run import rehearse
from icp_pipeline.terminal.dry_run_view import show_rehearsal
from icp_pipeline.warehouse.build import open_build

SALESFORCE = "salesforce_account_update.csv"
HUBSPOT = "hubspot_company_update.csv"


@pytest.fixture
def given(scored: Path, tmp_path: Path) -> Path:
    """A home whose first export the CRM has received."""
    return copy_home(scored, tmp_path / "home")


def rows_of(home: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exports(home)[name].decode("utf-8-sig"), newline="")))


def changed(home: Path, target: str = "salesforce") -> set[str]:
    return {row["record_id"] for row in rows_of(home, "changes.csv") if row["target"] == target}


def tags_of(home: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    """Tier, score, ICP version and, if there is a field, action of every record, as in the import files."""
    query_text = """
        select 'salesforce' as target, salesforce_account_id as record_id, tier, score, icp_version, '' as action
        from exports.salesforce_account_update
        union all
        select 'hubspot', hubspot_company_id, tier, score, icp_version, action from exports.hubspot_company_update
    """
    return {(row[0], row[1]): tuple(map(str, row[2:])) for row in query(home, query_text).itertuples(index=False)}


def is_sent(given: tuple[str, ...] | None, tags: tuple[str, ...]) -> bool:
    """Whether a record is sent again: another tag, or a score that appeared, disappeared or moved by five or more."""
    if given is None:
        return tags[0] != "unscored"
    if (given[0], *given[2:]) != (tags[0], *tags[2:]):
        return True
    before, now = float(given[1]), float(tags[1])
    return abs(before - now) >= 5 if before == before and now == now else (before == before) != (now == now)


def answer(home: Path, name: str, rows: list[dict[str, str]], error: str | None = "UNABLE_TO_LOCK_ROW") -> Path:
    """A result file as Data Loader writes it: our row, upper-case headers, and ERROR or STATUS at its end."""
    path = home.parent / name
    header = [column.upper() for column in rows[0]] + ["ERROR" if error else "STATUS"]
    write_rows(path, header, [[*row.values(), error or "Item Updated"] for row in rows])
    return path


@pytest.mark.slow
def test_changes_hold_exactly_what_differs_from_what_was_given(given: Path) -> None:
    first = tags_of(given)
    assert {(row["target"], row["record_id"]) for row in rows_of(given, "changes.csv")} == {
        record for record, tags in first.items() if tags[0] != "unscored"
    }
    run_pipeline(given)
    assert rows_of(given, "changes.csv") == []
    # Three accounts change their industry; everything that this moves must be listed.
    path = given / "landing" / "salesforce" / "Account.csv"
    header, rows = read_rows(path)
    industries = sorted({row[header.index("Industry")] for row in rows} - {""})
    for row in rows[:40]:
        at = header.index("Industry")
        row[at] = industries[(industries.index(row[at]) + 1) % len(industries)] if row[at] else industries[0]
    write_rows(path, header, rows)
    run_pipeline(given, accept="the test moves some")
    now = tags_of(given)
    expected = {record for record, tags in now.items() if is_sent(first.get(record), tags)}
    listed = rows_of(given, "changes.csv")
    assert expected and {(row["target"], row["record_id"]) for row in listed} == expected
    by_score = [row for row in listed if row["old_tier"] == row["new_tier"]]
    assert {row["cause"] for row in by_score} <= {"score", "action"}
    imported = {("salesforce", row["Id"]) for row in rows_of(given, "salesforce_account_changes.csv")}
    imported |= {("hubspot", row["Record ID"]) for row in rows_of(given, "hubspot_company_changes.csv")}
    assert imported == expected
    run_pipeline(given)
    assert rows_of(given, "changes.csv") == []


@pytest.mark.slow
def test_failed_records_come_again_and_the_others_do_not(given: Path) -> None:
    rows = [row for row in rows_of(given, SALESFORCE) if row["ICP_Tier__c"] != "#N/A"]
    bad, good, untold = rows[:3], rows[3:6], rows[6:]
    acknowledge(Home(given), answer(given, "error112126.csv", bad))
    acknowledge(Home(given), answer(given, "success112126.csv", good, error=None))
    run_pipeline(given)
    assert changed(given) == {row["Id"] for row in bad}
    assert not changed(given) & {row["Id"] for row in (*good, *untold)}
    assert {row["cause"] for row in rows_of(given, "changes.csv")} == {"sent_again"}
    assert not list((given / "state" / "acks").iterdir())
    # Received again with that run, so they are no longer changes.
    run_pipeline(given)
    assert rows_of(given, "changes.csv") == []


@pytest.mark.slow
def test_leads_whose_write_failed_come_again(given: Path) -> None:
    bad = rows_of(given, "salesforce_lead_update.csv")[:2]
    assert "2 did not" in acknowledge(Home(given), answer(given, "lead_error.csv", bad))
    run_pipeline(given)
    assert {row["Id"] for row in rows_of(given, "salesforce_lead_changes.csv")} == {row["Id"] for row in bad}
    assert rows_of(given, "changes.csv") == []


@pytest.mark.slow
def test_hubspot_names_failures_only_and_a_record_that_is_to_be_cleared_comes_again_too(given: Path) -> None:
    rows = rows_of(given, HUBSPOT)
    path = given.parent / "errors.csv"
    write_rows(
        path,
        [*rows[0], "Error Type", "Error Message", "Unknown Column"],
        [[*row.values(), "INVALID_ENUM", "no such option", "x"] for row in rows[:2]],
    )
    said = acknowledge(Home(given), path)
    assert "0 records took the tag, 2 did not. Failed records go out again" in said
    run_pipeline(given)
    tagged = {row["Record ID"] for row in rows[:2] if row["ICP Status"] != "unscored"}
    assert changed(given, "hubspot") == tagged and not changed(given)


@pytest.mark.slow
def test_a_file_counts_once_before_and_after_the_run_that_took_it(given: Path) -> None:
    rows = [row for row in rows_of(given, SALESFORCE) if row["ICP_Tier__c"] != "#N/A"]
    file = answer(given, "error.csv", rows[:2])
    assert "2 did not" in acknowledge(Home(given), file)
    assert "it is already waiting for the next `icp run`" in acknowledge(Home(given), file)
    run = run_pipeline(given).run_id
    assert f"run {run} has read it" in acknowledge(Home(given), file)
    run_pipeline(given)
    assert rows_of(given, "changes.csv") == []
    taken = query(given, "select * from history.crm_answers")
    assert taken[["file_name", "target", "run_id", "succeeded", "failed"]].to_numpy().tolist() == [
        ["error.csv", "salesforce", run, 0, 2]
    ]


@pytest.mark.slow
def test_the_last_of_several_answers_counts_whatever_the_files_are_called(given: Path) -> None:
    """Two tries: a record that failed first and then succeeded is done; the other way round it is not."""
    rows = [row for row in rows_of(given, SALESFORCE) if row["ICP_Tier__c"] != "#N/A"]
    mended, broken = rows[0], rows[1]
    for number, (row, error) in enumerate([(mended, "locked"), (broken, None), (mended, None), (broken, "locked")]):
        acknowledge(Home(given), answer(given, f"{number}.csv", [row], error))
    run_pipeline(given)
    assert changed(given) == {broken["Id"]}


@pytest.mark.slow
def test_answers_of_another_run_or_another_home(given: Path) -> None:
    rows = [row for row in rows_of(given, SALESFORCE) if row["ICP_Tier__c"] != "#N/A"]
    older = [{**row, "ICP_Scored_At__c": "2026-11-01T00:00:00.000Z"} for row in rows[:2]]
    acknowledge(Home(given), answer(given, "late.csv", older))
    stranger = {**rows[0], "Id": str(salesforce_id_18("001Xx0000ZZZZZZ"))}
    assert "1 of them was never exported from here. Is this another import's result file?" in acknowledge(
        Home(given), answer(given, "other.csv", [stranger])
    )
    run_pipeline(given)
    assert rows_of(given, "changes.csv") == []
    assert one(given, "select sum(failed) from history.crm_answers") == 3


def test_an_answer_is_dated_by_the_runs_of_history_before_this_run_has_built_a_table(tmp_path: Path) -> None:
    """As after an upgrade, when the file holds no table of this release: the clock was ahead, and is right today."""
    tags = TableName("history", "crm_tags")
    with open_build(tmp_path, "now") as build:
        today = {"run_id": ["now"], "as_of": [dt.date(2026, 11, 23)], "clock_at": [dt.datetime(2026, 11, 23, 3)]}
        build.attach_inputs({}, settings_tables(run=today))
        ahead = {"run_id": ["r1"], "sequence": [1], "as_of": ["2026-11-26"], "started_at": ["2026-11-26 03:00"]}
        build.append(TableName("history", "runs"), pd.DataFrame(ahead))
        given = {"target": "salesforce", "record_id": ["old", "new"], "run_id": "r1", "tier": "tier_1", "score": 50.0}
        build.append(tags, pd.DataFrame(given))
        days = {"old": "2026-11-22", "new": "2026-11-23"}
        answers = {
            "target": "salesforce",
            "record_id": list(days),
            "scored_at": list(days.values()),
            "succeeded": False,
        }
        _mark(build, tags, pd.DataFrame(answers), cached_models(SQL))
        left = build.frame("select record_id, tier from history.crm_tags").set_index("record_id")["tier"]
    assert left["old"] == "tier_1", "it answers an import before the newest tags"
    assert left.isna()["new"], "the run counts from today, not from the day its clock said"


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """Every path below: its kind, mode, size, time and content."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        content = ""
        if path.is_symlink():
            content = str(path.readlink())
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        size = facts.st_size if stat.S_ISREG(facts.st_mode) else 0
        found[str(path.relative_to(folder))] = (facts.st_mode, size, facts.st_mtime_ns, content)
    return found


def rehearsed(home: Path) -> str:
    said = io.StringIO()
    show_rehearsal(rehearse(Home(home), None), Console(file=said, width=200))
    return said.getvalue()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files for this test alone: no child process that uses it may outlive it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    judge.close()
    yield folder
    judge.close()


@pytest.mark.slow
def test_a_dry_run_writes_nothing_and_its_figures_are_those_of_the_run(given: Path, temporary: Path) -> None:
    rows = [row for row in rows_of(given, SALESFORCE) if row["ICP_Tier__c"] != "#N/A"]
    acknowledge(Home(given), answer(given, "error.csv", rows[:3]))
    account = given / "landing" / "salesforce" / "Account.csv"
    add_rows(account, {"Id": "001Hs00004kXyZaIAK", "Name": "Newcomer", "IsDeleted": "false"})
    before = snapshot(given)
    outside = snapshot(Path.cwd() / "data")
    said = rehearsed(given)
    assert snapshot(given) == before
    assert snapshot(Path.cwd() / "data") == outside
    assert list(temporary.iterdir()) == []
    run_pipeline(given)
    expected = query(given, "select target, count(*) as n from exports.changes group by target order by target")
    assert len(expected)
    for target, count in expected.itertuples(index=False):
        assert f"{target}: {count:,} records would be updated" in said
    moves = query(
        given,
        "select coalesce(from_tier, 'new') as f, to_tier, cause, count(*) as n from icp.tier_transitions group by all",
    )
    for row in moves.itertuples(index=False):
        assert f"{row.f} -> {row.to_tier} ({row.cause}): {row.n:,} accounts" in said


@pytest.mark.slow
def test_a_dry_run_says_what_the_guard_would_hold(given: Path) -> None:
    file = given / "landing" / "stripe" / "subscriptions.csv"
    header, rows = read_rows(file)
    write_rows(file, header, rows[: len(rows) // 3])
    before = snapshot(given)
    assert "The guard would block this run: stripe subscription" in rehearsed(given)
    assert snapshot(given) == before


@pytest.mark.slow
def test_a_dry_run_reads_a_home_it_may_not_write(given: Path) -> None:
    for path in (given, *given.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o555)
    try:
        assert "Nothing was written" in rehearsed(given)
    finally:
        for path in (given, *given.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
    assert values(given, "select count(*) from history.runs") == [1]
    assert os.access(given, os.W_OK)
