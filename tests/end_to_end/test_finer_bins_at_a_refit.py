"""More customers allow finer bins: a refit learns from them, and the version before it gives nobody other points."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest
from pipeline_runs import bare_home, put, query, run_pipeline, values

from icp_pipeline.home import Home
from icp_pipeline.terminal.refit import read_refit

pytestmark = pytest.mark.slow

SETTINGS = """
as_of: 2026-06-01
attributes:
  fleet: {field: crm.fleet, type: numeric}
sources:
  crm: {file: crm/accounts.csv, kind: account, columns: {id: id, name: name, domain: website}}
  crm_deals:
    file: crm/deals.csv
    kind: deal
    columns: {id: id, account_id: account, is_closed: closed, is_won: won, close_date: closed_on,
              created_at: created_on}
"""
POINTS = """
select known.account_id, sum(evidence.points) as points
from history.icp_evidence as evidence
inner join core.account_attributes as known
    on known.attribute = evidence.attribute and known.level = evidence.level
where evidence.icp_version = '2026.06.1' group by 1
"""


def land(home: Path, deals: int) -> None:
    """Accounts of which so many have a closed deal; the larger the fleet, the likelier it was won."""
    rng = np.random.default_rng(3)
    fleet = np.round(rng.lognormal(6, 1.2, 2_000))
    is_won = rng.random(2_000) < 1 / (1 + np.exp(-1.5 * (np.log(fleet) - 6.5)))
    accounts, closed = ["id,name,website,fleet"], ["id,account,closed,won,closed_on,created_on"]
    for n in range(deals + 100):
        accounts.append(f"{n},Firm {n},firm{n}.example,{fleet[n]:.0f}")
    for n in range(deals):
        day = datetime.date(2022, 1, 2) + datetime.timedelta(days=n % 1_500)
        closed.append(f"d{n},{n},true,{str(bool(is_won[n])).lower()},{day},{day}")
    put(home, "crm/accounts.csv", "\n".join(accounts) + "\n")
    put(home, "crm/deals.csv", "\n".join(closed) + "\n")


def test_a_refit_splits_bins_and_the_version_before_it_gives_every_account_the_points_it_had(tmp_path: Path) -> None:
    home = bare_home(tmp_path / "home", SETTINGS)
    land(home, 120)
    run_pipeline(home)
    before = query(home, POINTS).set_index("account_id")["points"]
    assert before.nunique() > 1
    coarse = values(home, "select distinct level from history.icp_evidence where attribute = 'fleet' order by 1")

    land(home, 1_700)
    run_pipeline(home, accept="more deals")
    run_pipeline(home, refit=True)
    after = query(home, POINTS).set_index("account_id")["points"]
    assert after.reindex(before.index).to_numpy() == pytest.approx(before.to_numpy())
    finer = values(
        home, "select level from history.icp_evidence where icp_version = '2026.06.2' and attribute = 'fleet'"
    )
    assert len(finer) >= 12 > len(coarse)
    (learned,) = read_refit(Home(home))
    assert learned["split_bins"].startswith("fleet at ") and learned["split_bins"].count(",") >= 6
    assert values(home, "select subject from quality.warnings where code = 'ICP_DRIFTED'") == []
