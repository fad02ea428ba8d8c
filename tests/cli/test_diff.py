"""`icp diff`: the last run, any two runs, two ICP versions; also after a rollback and during a run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from orchestration.published_homes import Shared, State, icp, run_ids, state_after

from icp_pipeline.home import Home
from icp_pipeline.warehouse.lock import run_lock


def diff(home: Home, *arguments: str) -> dict[str, Any]:
    said = icp("diff", *arguments, "--json", "--home", home.root)
    assert said.code == 0, said.err
    return dict(json.loads(said.out))


def tiers(home: Home, run_id: str) -> dict[str, str]:
    path = home.root / "warehouse" / "versions" / f"icp_{run_id}.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return dict(connection.execute("select account_id, tier from icp.account_tiers").fetchall())


def test_after_the_first_run_everything_is_new(first_run: State) -> None:
    answer = diff(first_run.home)
    assert answer["from"] is None and answer["to"]["run_id"] == run_ids(first_run.home)[-1]
    assert {move["cause"] for move in answer["moves"]} == {"new"}
    counts = {move["to_tier"]: move["accounts"] for move in answer["moves"]}
    held = list(tiers(first_run.home, run_ids(first_run.home)[-1]).values())
    assert counts == {tier: held.count(tier) for tier in set(held)}
    shown = icp("diff", "--home", first_run.home.root).out
    assert re.search(r"-\s+Tier 1\s+new account\s+\d+", shown), shown
    assert "there is no earlier version to compare it with" in shown


def test_a_refit_that_waits_moves_nobody_and_says_what_to_do(refitted: State) -> None:
    answer = diff(refitted.home)
    assert answer["accounts"] == [] and answer["proposed"] == "2026.11.2"
    shown = icp("diff", "--home", refitted.home.root).out
    assert "No account changed tier" in shown and "icp promote 2026.11.2" in shown


def test_a_promotion_shows_moves_by_cause_and_the_criteria_of_both_versions(promoted: State) -> None:
    answer = diff(promoted.home)
    assert {move["cause"] for move in answer["moves"]} == {"icp_version"}
    assert (answer["criteria"]["from_version"], answer["criteria"]["to_version"]) == ("2026.11.1", "2026.11.2")
    assert answer["to"]["accept_reason"] == "promotion of 2026.11.2"
    shown = icp("diff", "--home", promoted.home.root).out
    assert "ICP 2026.11.2, compared with 2026.11.1" in shown and re.search(r"added: \d+, dropped: \d+", shown)


def test_the_moves_are_the_difference_of_the_two_files(promoted: State) -> None:
    runs = run_ids(promoted.home)
    answer = diff(promoted.home, "--from", runs[0])
    before, after = tiers(promoted.home, runs[0]), tiers(promoted.home, runs[-1])
    changed = {name: (before.get(name), tier) for name, tier in after.items() if before.get(name) != tier}
    assert {row["account_id"]: (row["from_tier"], row["to_tier"]) for row in answer["accounts"]} == changed
    assert sum(move["accounts"] for move in answer["moves"]) == len(changed) > 0


def test_icp_versions_can_be_compared_before_one_is_promoted(refitted: State) -> None:
    answer = diff(refitted.home, "--from", "2026.11.1", "--to", "2026.11.2")
    assert answer == diff(refitted.home, "--to", "2026.11.2")
    with duckdb.connect(str(refitted.home.live.resolve()), read_only=True) as connection:
        criteria = connection.execute("select icp_version, attribute, segment from history.icp_criteria").fetchall()
    old, new = ({row[1:] for row in criteria if row[0] == name} for name in ("2026.11.1", "2026.11.2"))
    by_change: dict[str, set[tuple[str, str]]] = {}
    for item in answer["criteria"]["items"]:
        by_change.setdefault(item["change"], set()).add((item["attribute"], item["segment"]))
    assert by_change.get("added", set()) == new - old and by_change.get("dropped", set()) == old - new
    assert by_change.get("kept", set()) | by_change.get("changed", set()) == old & new


def test_after_a_rollback_the_live_run_is_told_and_later_ones_can_be_asked_for(
    promoted: State, copied: Callable[[State], Home]
) -> None:
    home = copied(promoted)
    runs = run_ids(home)
    assert icp("rollback", runs[0], "--home", home.root).code == 0
    assert diff(home)["to"]["run_id"] == runs[0]
    assert diff(home, "--from", runs[0], "--to", runs[-1])["to"]["run_id"] == runs[-1]
    versions = json.loads(icp("versions", "--json", "--home", home.root).out)
    assert [item["version"] for item in versions["published"]] == runs[::-1]
    assert [item["is_live"] for item in versions["published"]] == [False, False, True]
    assert all(item["as_of"] for item in versions["published"])
    # The next run scores with the same version, so it is the live one.
    assert {row["icp_version"]: row["status"] for row in versions["icp_versions"]} == {
        "2026.11.1": "live", "2026.11.2": "retired"
    }  # fmt: skip


@pytest.fixture(scope="session")
def back_again(shared: Shared, promoted: State) -> State:
    """The first version was made live again after the second."""
    commands = lambda home: {"promote": icp("promote", "2026.11.1", "--home", home.root)}  # noqa: E731
    return state_after(shared, "back_again", promoted.home.root, commands)


def test_a_version_that_was_made_live_again_scored_the_earlier_runs_too(back_again: State) -> None:
    runs = run_ids(back_again.home)
    assert len(runs) == 4 and back_again.said["promote"].code == 0
    versions = [diff(back_again.home, "--to", run)["criteria"] for run in runs]
    assert [item["to_version"] for item in versions] == ["2026.11.1", "2026.11.1", "2026.11.2", "2026.11.1"]
    assert [item["from_version"] for item in versions] == [None, "2026.11.1", "2026.11.1", "2026.11.2"]
    shown = icp("diff", "--from", runs[0], "--to", runs[1], "--home", back_again.home.root).out
    assert "ICP 2026.11.1 scored both runs" in shown


@pytest.mark.parametrize("arguments", (["--from", "2026.11.1"], ["--from", "2026.11.1", "--to", "2026.11.1"]))
def test_a_version_is_not_compared_with_itself(first_run: State, arguments: list[str]) -> None:
    said = icp("diff", *arguments, "--home", first_run.home.root)
    assert said.code == 1 and "would be compared with itself" in said.err and said.out == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    (
        (["--from", "20200101_000000_000000"], "icp versions"),
        (["--from", "last"], "neither a run published from this home nor an ICP version"),
        (["--from", "LAST", "--to", "FIRST"], "swap them"),
        (["--from", "2026.11.1", "--to", "2026.11.9"], "no ICP version '2026.11.9'"),
    ),
)
def test_a_version_that_is_not_there_or_in_the_wrong_order(promoted: State, arguments: list[str], words: str) -> None:
    runs = run_ids(promoted.home)
    named = {"FIRST": runs[0], "LAST": runs[-1]}
    said = icp("diff", *(named.get(word, word) for word in arguments), "--home", promoted.home.root)
    assert said.code == 1 and said.out == "" and words in said.err


def test_they_answer_while_a_run_is_going_on(first_run: State, copied: Callable[[State], Home]) -> None:
    home = copied(first_run)
    with run_lock(home.root, "a run"):
        for command in (("explain", "aurorasight.example"), ("diff",), ("versions",)):
            assert icp(*command, "--home", home.root).code == 0
