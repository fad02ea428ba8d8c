"""Dates of one account that cannot all be true: it left before it started, or has two contracts at once (F34)."""

from __future__ import annotations

from pathlib import Path

import pytest
from end_to_end.pipeline_runs import bare_home, one, query, run_pipeline, values

SETTINGS = """as_of: 2026-11-21
sources:
  crm:
    file: crm/accounts.csv
    kind: account
    columns: {id: Id, name: Name, domain: Domain, customer_since: Since, churned_at: Left}
  billing:
    file: billing/contracts.csv
    kind: subscription
    columns: {id: Id, domain: Domain, mrr: MRR, started_at: Start, ended_at: End}
"""
ACCOUNTS = """Id,Name,Domain,Since,Left
1,Sound,sound.example,2024-01-01,
2,Backwards,backwards.example,2025-06-01,2025-01-01
3,Overlapping,overlapping.example,,
4,Impossible contract,impossible.example,2024-01-01,
5,Prospect,prospect.example,,
"""
# The overlapping account pays 100 in 2025, and 50 from mid-2025 on; the third contract ends before it starts.
CONTRACTS = """Id,Domain,MRR,Start,End
a,overlapping.example,100,2025-01-01,2026-01-01
b,overlapping.example,50,2025-07-01,
c,impossible.example,70,2025-07-01,2025-03-01
d,impossible.example,30,2025-01-01,
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = bare_home(
        tmp_path_factory.mktemp("dates") / "home", SETTINGS, crm__accounts=ACCOUNTS, billing__contracts=CONTRACTS
    )
    run_pipeline(home)
    return home


def test_who_left_before_it_came_is_counted_and_no_part_of_the_outcomes(home: Path) -> None:
    found = query(home, "select account_id, is_contradictory, tenure_months from core.customers").set_index(
        "account_id"
    )
    assert found["is_contradictory"].to_dict() == {
        "crm-1": False,
        "crm-2": True,
        "crm-3": False,
        "crm-4": False,
    }
    assert found["tenure_months"].isna().to_dict()["crm-2"]
    scored = query(home, "select account_id, outcome_score, cohort from outcomes.customer_scores").set_index(
        "account_id"
    )
    assert scored.loc["crm-2"].isna().all(), scored
    assert "crm-2" not in values(home, "select account_id from outcomes.observations where outcome = 'quality'")
    assert values(home, "select subject from core.key_conflicts where code = 'CHURN_BEFORE_START'") == ["crm-2"]
    assert one(home, "select count(*) from quality.warnings where code = 'CHURN_BEFORE_START'") == 1
    assert one(home, "select count(*) from icp.account_tiers where account_id = 'crm-2'") == 1


def test_contracts_that_overlap_are_one_customer_and_each_counts_for_its_own_days(home: Path) -> None:
    assert (
        one(home, "select cast(customer_since as varchar) from core.customers where account_id = 'crm-3'")
        == "2025-01-01"
    )
    metrics = query(home, "select acv_usd, ltv_usd from outcomes.customer_metrics where account_id = 'crm-3'").iloc[0]
    # A year of what it started with.
    assert metrics["acv_usd"] == 1200
    # A year of 100, and 508 days of 50 a month.
    assert metrics["ltv_usd"] == pytest.approx(12 * 100 + 508 / (365.25 / 12) * 50, rel=0.02)


def test_a_contract_that_ends_before_it_starts_earns_nothing_and_is_named(home: Path) -> None:
    metrics = query(home, "select acv_usd from outcomes.customer_metrics where account_id = 'crm-4'").iloc[0]
    assert metrics["acv_usd"] == 360
    assert one(home, "select count(*) from core.account_subscriptions where is_contradictory") == 1
    named = values(home, "select message from core.key_conflicts where code = 'SUBSCRIPTION_ENDS_BEFORE_START'")
    assert len(named) == 1 and "billing:c" in named[0]
