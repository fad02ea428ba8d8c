"""A young company: deals advanced or were lost, but hardly any is won yet. Proxies are used, and reported."""

from __future__ import annotations

import io
import random
import re
from pathlib import Path

import pytest
from orchestration.published_homes import icp
from pipeline_runs import AS_OF, bare_home, one, put, query, run_pipeline, values
from rich.console import Console

from icp_pipeline.home import Home
from icp_pipeline.terminal.run_summary import read_summary
from icp_pipeline.terminal.run_summary_markdown import summary_markdown
from icp_pipeline.terminal.run_summary_view import show_summary

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
              created_at: created_on, amount: amount, stage_id: stage}
"""
)


def young_company(home: Path, effect: float) -> Path:
    """Two hundred deals of recent months: software gets further by `effect`, farms less far. Nine are won."""
    rng = random.Random(3)
    rows, deals = ["id,name,website,industry,size,motion"], ["id,account,amount,closed,won,created_on,closed_on,stage"]
    far = 0
    for n in range(600):
        industry = rng.choice(["Software", "Farm", "Bank", "Retail"])
        rows.append(f"{n},Firm {n},firm{n}.example,{industry},{rng.choice([20, 100, 700])},{rng.choice('abc')}")
        if n < 200:
            push = effect * {"Software": 1, "Farm": -1}.get(industry, 0)
            got_far = push + rng.gauss(0, 1.5) > 0.3
            month, day = rng.randint(7, 10), rng.randint(1, 28)
            closed_on = f"2026-{month:02d}-{day:02d}"
            far += got_far
            end, stage = ("true,true", "Won") if far <= 9 else ("false,false", "Negotiation")
            if not got_far:
                end, stage = "true,false", "Lost"
            deals.append(f"d{n},{n},5000,{end},2026-06-{day:02d},{closed_on},{stage}")
    put(bare_home(home, SETTINGS), "crm/accounts.csv", "\n".join(rows) + "\n")
    put(home, "crm/deals.csv", "\n".join(deals) + "\n")
    run_pipeline(home)
    return home


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return young_company(tmp_path_factory.mktemp("learned") / "home", 2.0)


@pytest.fixture(scope="module")
def nothing_learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return young_company(tmp_path_factory.mktemp("nothing") / "home", 0.0)


def end_of_run(home: Path) -> str:
    """What `icp run` prints at its end."""
    out = io.StringIO()
    show_summary(read_summary(Home(home)), Console(file=out, width=300))
    return out.getvalue()


def explained(home: Path) -> str:
    said = icp("explain", "firm1.example", "--home", home)
    assert said.code == 0, said.err
    return said.out


def test_a_young_company_learns_from_proxies_and_is_told_so(learned: Path) -> None:
    home = learned
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


def test_without_a_difference_there_is_no_icp_but_the_base_rate_of_nothing(nothing_learned: Path) -> None:
    home = nothing_learned
    assert one(home, "select count(*) from icp.criteria") == 0
    assert values(home, "select distinct tier from icp.account_tiers") == ["unscored"]
    said = values(home, "select code from quality.warnings")
    assert "NO_SIGNAL" in said and "TOO_FEW_CUSTOMERS" in said and "PROXY_BASIS" not in said
    # Deals were closed, but nobody is ranked, so how many of the won turn out best is unknown.
    assert one(home, "select count(fit_probability) from icp.account_scores") == 0


def test_the_terminal_says_what_the_report_says_of_an_icp_from_proxies(learned: Path) -> None:
    note = "There are too few customers to rank by how they turned out, so this is learned from a proxy"
    said, page = end_of_run(learned), (learned / "exports" / "latest" / "index.html").read_text(encoding="utf-8")
    assert note in said and note in page and note in summary_markdown(read_summary(Home(learned)))
    assert "90 % interval   accounts   points" in said and "none can be ranked by outcome yet" in said
    assert "| lift | accounts | points |" in summary_markdown(read_summary(Home(learned)))
    assert "Chance of advancing toward a purchase: " in explained(learned) and note in explained(learned)
    assert "among the best" not in explained(learned)


def test_where_there_is_no_icp_nobody_is_told_to_enrich(nothing_learned: Path) -> None:
    said = end_of_run(nothing_learned)
    assert "No ICP is live, so there are no criteria" in said and re.search(r"Unscored +\d.* wait", said)
    assert "Unscored (retain)" in explained(nothing_learned) and "no ICP is live" in explained(nothing_learned)
    assert "There is no live ICP to score it with" in explained(nothing_learned)
    for text in (said, explained(nothing_learned)):
        assert "enrich" not in text and "too few customers to rank by how" not in text
    actions = "select distinct relationship, action from icp.account_tiers order by all"
    assert query(nothing_learned, actions).to_numpy().tolist() == [
        ["customer", "retain"],
        ["open_deal", "wait"],
        ["prospect", "wait"],
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("customers", "basis"), [(29, "proxy"), (30, "none")])
def test_proxies_stand_in_for_few_customers_only(tmp_path: Path, customers: int, basis: str) -> None:
    """All deals are won and a hundred prospects never answered. With many customers, each would pass for a good one."""
    home = bare_home(tmp_path / "home", SETTINGS)
    rows = [f"{n},Firm {n},firm{n}.example,{'Software' if n < 60 else 'Farm'},20,a" for n in range(200)]
    put(home, "crm/accounts.csv", "\n".join(["id,name,website,industry,size,motion", *rows]) + "\n")
    deals = [f"d{n},{n},5000,true,true,2026-06-01,2026-07-{n % 28 + 1:02d},Won" for n in range(customers)]
    put(home, "crm/deals.csv", "\n".join(["id,account,amount,closed,won,created_on,closed_on,stage", *deals]) + "\n")
    touches = [f"firm{n}.example,2026-08-{day:02d},email,touch" for n in range(60, 160) for day in (1, 8, 15)]
    put(home, "engagement/touches.csv", "\n".join(["account,happened_on,channel,kind", *touches]) + "\n")
    run_pipeline(home)
    assert one(home, "select count(*) filter (where is_best) from outcomes.proxy_observations") == customers
    assert one(home, "select count(*) filter (where is_worst) from outcomes.proxy_observations") == 100
    assert values(home, "select basis from history.icp_versions") == [basis]
    said = dict(query(home, "select code, message from quality.warnings").itertuples(index=False, name=None))
    assert ("PROXY_BASIS" in said) == (basis == "proxy")
    if basis == "none":
        assert "are used only below 30 customers" in said["NO_SIGNAL"]
        assert "All closed deals are won: export the lost ones too" in said["NO_SIGNAL"]
