"""A funnel of leads and sales, as a shop exports it: losses are never recorded, and nothing is preprocessed."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest
from pipeline_runs import AS_OF, bare_home, one, put, query, run_pipeline, values

_SOURCES = """
sources:
  companies: {file: "funnel/leads.csv", kind: account, columns: {id: lead_id}}
  leads: {file: "funnel/leads.csv", kind: deal, lost_after_days: 90,
          columns: {id: lead_id, account_id: lead_id, created_at: first_contact}}
  sales: {file: "funnel/sales.csv", kind: deal, columns: {id: lead_id, account_id: lead_id, won_on: won_date}}
  people: {file: "funnel/new.csv", kind: lead, columns: {id: id, domain: website}}
attributes:
  origin: {field: [companies.origin, people.origin], type: categorical}
  page: {field: companies.page, type: categorical}
"""
_LAST = datetime.date(2026, 11, 20)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,000 leads over two years: of those from search 30 in 100 buy, of the others 8, most within 60 days."""
    home = tmp_path_factory.mktemp("funnel") / "h"
    rng = np.random.default_rng(17)
    leads, sales = [], []
    for n in range(2000):
        origin = rng.choice(["search", "social", "email", "display"])
        first = _LAST - datetime.timedelta(days=int(rng.integers(0, 730)))
        leads.append(f"L{n},{first},{origin},{rng.choice(list('abcde'))}")
        won = first + datetime.timedelta(days=int(rng.integers(1, 60)))
        if rng.random() < (0.3 if origin == "search" else 0.08) and won <= _LAST:
            sales.append(f"L{n},{won}")
    bare_home(home, AS_OF + _SOURCES)
    put(home, "funnel/leads.csv", "lead_id,first_contact,origin,page\n" + "".join(f"{row}\n" for row in leads))
    put(home, "funnel/new.csv", "id,website,origin\n1,one.example,search\n2,two.example,social\n3,three.example,\n")
    put(home, "funnel/sales.csv", "lead_id,won_date\n" + "".join(f"{row}\n" for row in sales))
    run_pipeline(home)
    return home


def test_every_lead_is_won_lost_or_young(home: Path) -> None:
    counts = query(home, _COUNTS).iloc[0]
    assert counts["won"] == counts["sales"] and counts["won"] + counts["lost"] + counts["young"] == 2000
    assert counts["oldest"] < 90
    assert "OUTCOME_UNKNOWN" not in values(home, "select code from quality.warnings")
    [message] = values(home, "select message from quality.warnings where code = 'LOST_BY_AGE'")
    assert message.startswith(f"{int(counts['lost'])} of 2000 deals of leads count as lost")


_COUNTS = """
select count(distinct case when is_won then account_id end) as won,
    sum(case when source_system = 'sales' then 1 end) as sales,
    sum(case when is_lost_by_age then 1 end) as lost,
    count(distinct case when not is_closed and deal_role <> 'parallel' then account_id end) as young,
    max(case when not is_closed and deal_role <> 'parallel' then date_diff('day', opened_on, date '2026-11-21') end)
        as oldest
from core.deals
"""


def test_leads_are_scored_by_their_own_file_of_the_same_trait(home: Path) -> None:
    scores = query(
        home, "select record_id, fit_points, basis from icp.lead_scores inner join core.leads using (lead_id)"
    )
    scores = scores.set_index("record_id")
    assert scores["basis"].to_dict() == {"1": "own_facts", "2": "own_facts", "3": "none"}
    assert scores.loc["1", "fit_points"] > scores.loc["2", "fit_points"] + 0.8


def test_the_planted_origin_is_what_wins(home: Path) -> None:
    found = query(
        home, "select segment, effect, q_value from segments.segment_lift where outcome = 'win' and q_value < 0.01"
    )
    assert found.loc[found["effect"] > 0, "segment"].tolist() == ["search"]
    rate = one(home, "select cast(won_deals as double) / closed_deals from icp.base_rates where icp_id = 'primary'")
    assert 0.1 < rate < 0.2
