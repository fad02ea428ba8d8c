"""A field that is filled in when a deal closes: one export has no dates, but two of them show it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from pipeline_runs import bare_home, one, put, query, run_pipeline, values

SETTINGS = """
attributes:
  reason: {field: crm.reason, type: categorical}
  rating: {field: crm.rating, type: categorical}
sources:
  crm:
    file: crm/accounts.csv
    kind: account
    columns: {id: id, name: name, domain: website, industry: industry}
  crm_deals:
    file: crm/deals.csv
    kind: deal
    columns: {id: id, account_id: account, is_closed: closed, is_won: won, close_date: closed_on,
              created_at: created_on}
"""
FIRST = datetime.date(2026, 11, 10)
ACCOUNTS, A_NIGHT = 60, 3


def night(home: Path, number: int) -> None:
    """Three deals close each night and get a reason. A vendor re-rates every account."""
    rows, deals = ["id,name,website,industry,reason,rating"], ["id,account,closed,won,created_on,closed_on"]
    for n in range(ACCOUNTS):
        is_closed = n < A_NIGHT * number
        reason = ("Great fit" if n % 2 else "No budget") if is_closed else "Open"
        rows.append(f"{n},Firm {n},firm{n}.example,{'Bank' if n % 3 else 'Retail'},{reason},{'ABCD'[(n + number) % 4]}")
        end = f"true,{'true' if n % 2 else 'false'}" if is_closed else "false,false"
        closed_on = FIRST + datetime.timedelta(days=n // A_NIGHT + 1)
        deals.append(f"d{n},{n},{end},2026-10-01,{closed_on}")
    put(home, "crm/accounts.csv", "\n".join(rows) + "\n")
    put(home, "crm/deals.csv", "\n".join(deals) + "\n")
    run_pipeline(home, as_of=FIRST + datetime.timedelta(days=number), accept="a made-up company")


@pytest.mark.slow
def test_a_reason_written_with_the_close_is_excluded_and_a_refresh_for_everybody_is_not(tmp_path: Path) -> None:
    home = bare_home(tmp_path / "home", SETTINGS)
    for number in range(4):
        night(home, number)
    watched = query(home, "select * from history.attribute_changes order by attribute, as_of").set_index("attribute")
    assert watched.loc["reason", "closed_changes"].tolist() == [3, 3, 3]
    assert watched.loc["reason", "other_changes"].tolist() == [0, 0, 0]
    assert watched.loc["industry", "closed_changes"].sum() == 0
    assert (watched.loc["rating", "closed_changes"] == watched.loc["rating", "closed_accounts"]).all()
    night(home, 4)
    assert values(home, "select attribute from segments.attribute_leaks where verdict = 'block'") == ["reason"]
    message = one(home, "select message from quality.warnings where code = 'LEAKY_ATTRIBUTE' and subject = 'reason'")
    assert "of 9 accounts whose deals closed between runs, 9 had it changed at the close" in message

    before = one(home, "select count(*) from history.attribute_changes")
    night(home, 4)
    assert one(home, "select count(*) from history.attribute_changes") == before, "the same day is looked at once"
