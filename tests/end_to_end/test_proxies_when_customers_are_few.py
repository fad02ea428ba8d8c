"""A young company: deals were won and lost, but no customer is old enough to be ranked. Proxies stand in and say so."""

from __future__ import annotations

import random
from pathlib import Path

from pipeline_runs import AS_OF, bare_home, one, put, query, run_pipeline, values

SETTINGS = (
    AS_OF
    + """
attributes:
  motion: {field: crm.motion, type: categorical}
sources:
  crm:
    file: crm/accounts.csv
    kind: account
    columns: {id: id, name: name, domain: website, industry: industry, number_of_employees: size}
  crm_deals:
    file: crm/deals.csv
    kind: deal
    columns: {id: id, account_id: account, is_closed: closed, is_won: won, close_date: closed_on,
              created_at: created_on, amount: amount}
"""
)


def young_company(home: Path, effect: float) -> Path:
    """Two hundred closed deals of the last months; software companies are won more often by `effect`, farms less."""
    rng = random.Random(3)
    rows, deals = ["id,name,website,industry,size,motion"], ["id,account,amount,closed,won,created_on,closed_on"]
    for n in range(600):
        industry = rng.choice(["Software", "Farm", "Bank", "Retail"])
        rows.append(f"{n},Firm {n},firm{n}.example,{industry},{rng.choice([20, 100, 700])},{rng.choice('abc')}")
        if n < 200:
            push = effect * {"Software": 1, "Farm": -1}.get(industry, 0)
            won = "true" if push + rng.gauss(0, 1.5) > 0.3 else "false"
            month, day = rng.randint(7, 10), rng.randint(1, 28)
            deals.append(f"d{n},{n},5000,true,{won},2026-06-{day:02d},2026-{month:02d}-{day:02d}")
    put(bare_home(home, SETTINGS), "crm/accounts.csv", "\n".join(rows) + "\n")
    put(home, "crm/deals.csv", "\n".join(deals) + "\n")
    run_pipeline(home)
    return home


def test_a_young_company_learns_from_proxies_and_is_told_so(tmp_path: Path) -> None:
    home = young_company(tmp_path / "home", 2.0)
    assert one(home, "select count(*) from outcomes.customer_scores where cohort is not null") == 0
    version = query(home, "select basis, status, n_customers from history.icp_versions").iloc[0]
    assert (version["basis"], version["status"], version["n_customers"]) == ("proxy", "live", 0)
    criteria = query(home, "select kind, attribute, segment, evidence from icp.criteria")
    assert {("industry", "Software"), ("industry", "Farm")} <= set(
        zip(criteria["attribute"], criteria["segment"], strict=True)
    )
    assert set(criteria["kind"]) <= {"must_have", "positive", "negative"}
    assert criteria["evidence"].str.startswith("Proxy (deals won and advanced, not outcomes): ").all()
    said = dict(query(home, "select code, message from quality.warnings").itertuples(index=False, name=None))
    assert "it says who buys, not who turns out well" in said["PROXY_BASIS"]
    assert "this ICP rests on proxies" in said["TOO_FEW_CUSTOMERS"]
    assert "NO_SIGNAL" not in said
    assert (
        one(
            home,
            "select count(*) from segments.segment_lift where verdict in ('icp', 'negative') and outcome = 'quality'",
        )
        == 0
    )
    best = "select avg(fit_score) from icp.account_scores inner join core.accounts using (account_id)"
    assert one(home, f"{best} where industry = 'Software'") > one(home, f"{best} where industry = 'Farm'") + 30


def test_without_a_difference_there_is_no_icp_but_the_base_rate_of_nothing(tmp_path: Path) -> None:
    home = young_company(tmp_path / "home", 0.0)
    assert one(home, "select count(*) from icp.criteria") == 0
    assert values(home, "select distinct tier from icp.account_tiers") == ["unscored"]
    said = values(home, "select code from quality.warnings")
    assert "NO_SIGNAL" in said and "TOO_FEW_CUSTOMERS" in said and "PROXY_BASIS" not in said
    # Deals were closed, but nobody is ranked: how many of the won turn out best is not known.
    assert one(home, "select count(fit_probability) from icp.account_scores") == 0
