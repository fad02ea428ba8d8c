"""Every table's decision has a reason: in the version's history, on the terminal, and in the summary."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from orchestration.published_homes import State, icp

from icp_pipeline.home import Home
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.rebuild.decision import PARTITIONS, REBUILT, UNCHANGED, Decision, Reasons, counted
from icp_pipeline.rebuild.fingerprints import Fingerprints, Record

pytestmark = pytest.mark.slow

DEALS, RUN = TableName("core", "deals"), TableName("settings", "run")
INPUTS = {DEALS: "d1", RUN: "r1"}


def model(sql: str, *reads: TableName, name: str = "icp.scores") -> Model:
    return Model(
        TableName.parse(name), Path("scores.sql"), sql, "", (), reads, lambda: pytest.fail("not parsed"), None, False
    )


SCORES = model("select 1", DEALS, RUN)


def recorded(one: Model) -> dict[TableName, Record]:
    """What a first run stores for a table."""
    first = Fingerprints(INPUTS, {}, "run1")
    assert first.decide(one) == Decision(REBUILT, "first build")
    return dict(first.made)


def decided(now: Model, before: Model = SCORES, **changed: str) -> Decision:
    """The second run's decision, with other content of `deals` or `run`."""
    inputs = {name: changed.get(name.table, content) for name, content in INPUTS.items()}
    return Fingerprints(inputs, recorded(before), "run2").decide(now)


def test_a_table_that_was_tried_out_is_not_taken_for_the_published_one() -> None:
    now = Fingerprints(INPUTS, recorded(SCORES), "run2")
    now.tried([SCORES])
    assert now.decide(SCORES) == Decision(REBUILT, "another ICP version was tried")
    assert not now.was_there(SCORES), "it would be compared with itself, and what reads it would be left"


def test_the_reason_names_what_changed() -> None:
    assert decided(SCORES) == Decision(UNCHANGED, "unchanged")
    assert decided(SCORES, deals="d2") == Decision(REBUILT, "inputs changed: core.deals")
    assert decided(SCORES, run="r2") == Decision(REBUILT, "settings changed: settings.run")
    assert decided(SCORES, deals="d2", run="r2").reason == "inputs changed: core.deals; settings changed: settings.run"
    assert decided(model("select 2", DEALS, RUN)) == Decision(REBUILT, "SQL changed")


def test_another_engine_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    before = recorded(SCORES)
    monkeypatch.setattr("icp_pipeline.duck.BUILDS_AS", "9.9")
    decision = Fingerprints(INPUTS, before, "run2").decide(SCORES)
    assert decision.action == REBUILT
    assert decision.reason.startswith("engine changed (was DuckDB ")


def test_a_table_that_reads_the_run_id_says_so() -> None:
    logs = model("select run_id from settings.run", RUN)
    assert decided(logs, before=logs) == Decision(REBUILT, "settings changed: settings.run.run_id")


def test_a_new_table_among_known_ones_is_new() -> None:
    assert decided(model("select 3", DEALS, name="icp.fresh")) == Decision(REBUILT, "new table")


def test_partitions_are_counted_with_what_changed_them() -> None:
    reasons = Reasons(False, None, ["core.usage"])
    decision = Decision.of_partitions(frozenset("abc"), 812, "account_id", reasons)
    assert (decision.action, decision.reason) == (
        PARTITIONS,
        "3 of 812 partitions by account_id; inputs changed: core.usage",
    )


def test_many_inputs_are_a_few_names_and_a_number() -> None:
    assert str(Reasons(True, None, [f"core.t{n}" for n in range(5)])) == (
        "SQL changed; inputs changed: core.t0, core.t1, core.t2 and 2 more"
    )


def test_a_schema_is_one_line() -> None:
    made = [Decision.whole("SQL changed")] * 2 + [Decision.unchanged()] * 20
    made.append(Decision.of_partitions(frozenset("a"), 9, "day", Reasons(False, None, [])))
    assert counted(made) == "23 tables: 2 rebuilt, 1 in part, 20 unchanged"
    assert counted([Decision.unchanged()]) == "1 table: 1 unchanged"


def change_one_deal(home: Home) -> None:
    """Change the amount of one opportunity."""
    path = home.landing / "salesforce" / "Opportunity.csv"
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    rows[1][[name.casefold() for name in rows[0]].index("amount")] = "4321.00"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def rebuilds(home: Home) -> dict[str, tuple[str, str]]:
    with duckdb.connect(str(home.live.resolve()), read_only=True) as reader:
        rows = reader.execute("select table_name, action, reason from history.table_rebuilds").fetchall()
    return {name: (action, reason) for name, action, reason in rows}


def test_a_run_says_why_each_table_was_rebuilt(first_run: State, copied: Callable[[State], Home]) -> None:
    home = copied(first_run)
    change_one_deal(home)
    told = icp("run", "--home", home.root, "--explain-rebuild")
    assert told.code == 0, told.err
    found = rebuilds(home)
    assert found["staging.salesforce_opportunities"] == (REBUILT, "inputs changed: lake.salesforce_opportunity")
    assert found["staging.salesforce_accounts"] == (UNCHANGED, "unchanged")
    assert "staging.salesforce_opportunities" in found["core.source_deals"][1]
    assert "staging: " in told.out and " unchanged" in told.out
    assert "inputs changed: lake.salesforce_opportunity" in told.out
    assert "staging.salesforce_accounts" not in told.out.partition("Rebuilds")[2]
