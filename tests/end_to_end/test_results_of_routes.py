"""Results of leads by route match what was planted: deals their companies opened and won after the route was given."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pipeline_runs import query, run_pipeline

from icp_pipeline.sample.market import make_world
from icp_pipeline.sample.write import AS_OF, SAMPLE_WORLD, write_sample

pytestmark = pytest.mark.slow
_BEFORE = datetime.date(2026, 6, 1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company scored in June and again in November; both runs know all of its leads, except the bot's."""
    home = tmp_path_factory.mktemp("routes") / "h"
    write_sample(home, accounts=2_400, events=2_000)
    shutil.rmtree(home / "landing" / "forms")
    run_pipeline(home, as_of=_BEFORE)
    run_pipeline(home, as_of=AS_OF, accept="the months between")
    return home


def test_deals_opened_and_won_after_the_route_are_its_results(home: Path) -> None:
    leads = query(home, _FIRST_ROUTES)
    world = make_world(2_400, world=SAMPLE_WORLD)
    domains = pd.Series(np.arange(len(world.accounts)), index=world.accounts["domain"])
    deals = world.deals.assign(created_on=pd.to_datetime(world.deals["created_on"]))
    after = deals[deals["created_on"] > pd.Timestamp(_BEFORE)]
    account = leads["domain"].map(domains)
    won = deals[deals["is_won"] & deals["is_closed"] & (pd.to_datetime(deals["closed_on"]) > pd.Timestamp(_BEFORE))]
    leads = leads.assign(leads=1, converted=account.isin(after["account"]), won=account.isin(won["account"]))
    planted = leads.groupby("route")[["leads", "converted", "won"]].sum()
    found = query(home, "select * from results.route_results where month = date '2026-06-01'").set_index("route")
    assert planted["converted"].sum() >= 8 and planted["won"].sum() >= 2
    assert found[["leads", "converted", "won"]].astype(int).to_dict() == planted.to_dict()


# Leads as they were routed in June, before they had any results.
_FIRST_ROUTES = """
select leads.lead_id, leads.domain, routes.route
from history.lead_routes as routes
inner join core.leads using (lead_id)
where routes.as_of = date '2026-06-01' and not routes.is_converted
order by leads.lead_id
"""
