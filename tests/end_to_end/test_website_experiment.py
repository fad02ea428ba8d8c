"""A website experiment over several nights: arms and segments are fixed, and accounts are counted once."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd
import pytest
from pipeline_runs import one, put, query, read_rows, run_pipeline, write_rows

from icp_pipeline.warehouse.versions import rollback, versions

pytestmark = pytest.mark.slow

CONTENT = """
slots:
  headline:
    by: industry
    default: general
    variants: {software: [Computer Software], agency: [Marketing and Advertising]}
experiment: {name: icp_headline, holdout: 0.5, start: 2026-11-01}
"""
HEADER = "domain,occurred_at,event\n"


def arms(home: Path) -> dict[str, tuple[str, str]]:
    rows = query(home, "select account_id, arm, cast(assigned_on as varchar) as day from activation.experiment_arms")
    return {row.account_id: (row.arm, row.day) for row in rows.itertuples()}


def whole(home: Path) -> pd.Series:
    return query(home, "select * from results.experiments where attribute = 'all' and event = 'any'").iloc[0]


def test_who_is_compared_is_decided_once_and_counted_once(copied: Path) -> None:
    (copied / "content.yaml").write_text(CONTENT, encoding="utf-8")
    run_pipeline(copied)
    first = arms(copied)
    assert {arm for arm, _ in first.values()} == {"personalised", "holdout"}
    assert {day for _, day in first.values()} == {"2026-11-21"}
    # The sample has visits from before the assignment, which do not count.
    assert whole(copied)[["entered_personalised", "entered_holdout"]].tolist() == [0, 0]

    people = query(
        copied,
        """
        select accounts.account_id, accounts.domain, arms.arm, accounts.salesforce_account_id as record
        from core.accounts as accounts
        inner join activation.experiment_arms as arms using (account_id)
        inner join activation.experiment_standings as standings using (account_id)
        inner join core.account_references as refs
            on accounts.domain = refs.reference and accounts.account_id = refs.account_id
        where accounts.relationship = 'prospect' and standings.is_different
            and accounts.salesforce_account_id is not null
        order by accounts.account_id
        """,
    )
    shown, held = (people[people["arm"] == arm].head(3) for arm in ("personalised", "holdout"))
    customer = one(
        copied,
        "select domain from core.accounts inner join core.account_references on domain = reference "
        "where relationship = 'customer' and core.account_references.account_id = core.accounts.account_id "
        "order by domain",
    )
    buyer, late = shown["domain"].iloc[0], held["domain"].iloc[0]
    visits = [f"{domain},2026-11-24 09:00:00,visit\n" for domain in [*shown["domain"], *held["domain"], customer]]
    put(copied, "web/later.csv", HEADER + "".join(visits) + f"{buyer},2026-12-01 09:00:00,demo_request\n")
    run_pipeline(copied, as_of=datetime.date(2026, 12, 2), accept="a test")
    entries = query(copied, "select * from history.experiment_entries order by account_id")
    assert entries["left_out"].dropna().tolist() == ["not_prospect"] and len(entries) == 7
    assert entries.dropna(subset=["tier"])["account_id"].isin(people["account_id"]).sum() == 6
    row = whole(copied)
    assert (row["entered_personalised"], row["entered_holdout"]) == (3, 3)
    assert (row["accounts_personalised"], row["conversions_personalised"]) == (0, 0)

    # One account becomes another company, and the holdout is raised to nearly everybody.
    path = next((copied / "landing" / "salesforce").glob("Account.csv"))
    header, rows = read_rows(path)
    place, record = header.index("Industry"), header.index("Id")
    for cells in rows:
        if cells[record][:15] == shown["record"].iloc[0][:15]:
            cells[place] = "Retail"
    write_rows(path, header, rows)
    (copied / "content.yaml").write_text(CONTENT.replace("0.5", "0.9"), encoding="utf-8")
    put(copied, "web/december.csv", HEADER + f"{shown['domain'].iloc[1]},2026-12-29 09:00:00,visit\n")
    run_pipeline(copied, as_of=datetime.date(2026, 12, 30), accept="a test", refit=True)
    now = arms(copied)
    assert {account: now[account] for account in first if account in now} == first
    assert one(copied, "select distinct holdout from activation.experiment_arms") == 0.5
    pd.testing.assert_frame_equal(
        query(copied, "select * from history.experiment_entries order by account_id"), entries
    )
    row = whole(copied)
    assert (row["accounts_personalised"], row["accounts_holdout"]) == (3, 3)
    assert (row["conversions_personalised"], row["conversions_holdout"]) == (1, 0)

    # After a rollback to before all this, and with a conversion that lands too late, no count changes.
    oldest = versions(copied)[-1].run_id
    rollback(copied, oldest)
    put(copied, "web/forgotten.csv", HEADER + f"{late},2026-11-30 09:00:00,signup\n")
    run_pipeline(copied, as_of=datetime.date(2026, 12, 31), accept="a test")
    again = arms(copied)
    assert {account: again[account] for account in first if account in again} == first
    row = whole(copied)
    assert (row["conversions_personalised"], row["conversions_holdout"]) == (1, 0)
    assert (row["accounts_personalised"], row["accounts_holdout"]) == (3, 3)


def test_an_export_that_stopped_closes_nobodys_window(copied: Path) -> None:
    (copied / "content.yaml").write_text(CONTENT, encoding="utf-8")
    run_pipeline(copied)
    domain = one(
        copied,
        "select domain from core.accounts inner join activation.experiment_standings using (account_id) "
        "inner join core.account_references on domain = reference "
        "where core.accounts.relationship = 'prospect' and is_different order by domain",
    )
    put(copied, "web/later.csv", HEADER + f"{domain},2026-11-24 09:00:00,visit\n")
    run_pipeline(copied, as_of=datetime.date(2027, 1, 10), accept="a test")
    row = whole(copied)
    assert row["entered_personalised"] + row["entered_holdout"] == 1
    assert row["accounts_personalised"] + row["accounts_holdout"] == 0
