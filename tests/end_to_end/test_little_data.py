"""Companies with next to nothing to learn from: the run succeeds, and reports what it cannot tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from pipeline_runs import AS_OF, bare_home, copy_home, exports, live_state, one, put, query, run_pipeline, values

from icp_pipeline.errors import IcpError
from icp_pipeline.sample.world_options import World
from icp_pipeline.sample.write import write_sample

CRM = """
sources:
  crm:
    file: crm/accounts.csv
    kind: account
    columns: {id: id, name: name, domain: website, industry: industry, number_of_employees: size,
              customer_since: since, churned_at: churned}
"""
HEADER = "id,name,website,industry,size,since,churned\n"


def _says_nothing(home: Path, accounts: int) -> None:
    """A complete result without a claim: each account has a row, no tier and no score, and the warning is there."""
    assert one(home, "select count(*) from core.accounts") == accounts
    assert values(home, "select tier from icp.account_tiers") == ["unscored"] * accounts
    assert one(home, "select count(*) from icp.criteria") == 0
    assert "NO_SIGNAL" in values(home, "select code from quality.warnings")
    assert one(home, "select count(*) from segments.segment_lift where verdict in ('icp', 'negative')") == 0
    review = exports(home)["accounts_review.csv"].decode("utf-8-sig")
    assert review.count("\n") == accounts + 1
    assert not {"nan", "inf"} & set(review.lower().replace('"', "").split(","))


def _crm(home: Path, *rows: str) -> Path:
    bare_home(home, AS_OF + CRM)
    put(home, "crm/accounts.csv", HEADER + "".join(f"{row}\n" for row in rows))
    run_pipeline(home)
    return home


def test_no_customers_at_all(tmp_path: Path) -> None:
    _says_nothing(_crm(tmp_path / "h", *(f"{n},Firm {n},firm{n}.example,Retail,{n * 10},," for n in range(1, 61))), 60)
    assert one(tmp_path / "h", "select count(*) from outcomes.customer_scores") == 0
    messages = " ".join(values(tmp_path / "h", "select message from quality.warnings"))
    assert "customer" in messages


@pytest.mark.slow
def test_one_account_only(tmp_path: Path) -> None:
    _says_nothing(_crm(tmp_path / "h", "1,Only,only.example,Retail,10,2024-01-01,"), 1)


def test_a_header_and_no_account(tmp_path: Path) -> None:
    _says_nothing(_crm(tmp_path / "h"), 0)


@pytest.mark.slow
def test_all_customers_fared_the_same(tmp_path: Path) -> None:
    rows = [f"{n},Firm {n},firm{n}.example,{'Retail' if n % 2 else 'Mining'},{n},2024-01-01," for n in range(1, 121)]
    rows += [f"{n},Firm {n},firm{n}.example,Retail,{n},," for n in range(121, 181)]
    home = _crm(tmp_path / "h", *rows)
    _says_nothing(home, 180)
    assert one(home, "select count(*) from outcomes.customer_scores") == 120


@pytest.mark.slow
def test_one_segment_only(tmp_path: Path) -> None:
    """Half of the customers left, but all are alike: no trait explains the outcome."""
    rows = [
        f"{n},Firm {n},firm{n}.example,Retail,100,2023-01-01,{'2024-06-01' if n % 2 else ''}" for n in range(1, 121)
    ]
    _says_nothing(_crm(tmp_path / "h", *rows), 120)


def test_no_account_file_is_an_error_that_says_what_to_land(copied: Path) -> None:
    before = live_state(copied)
    for path in (copied / "landing").glob("*/*"):
        if path.parent.name in ("salesforce", "hubspot"):
            path.unlink()
    with pytest.raises(IcpError, match=r"no account file in .*Salesforce Account export.*sources:"):
        run_pipeline(copied)
    assert live_state(copied) == before


def test_an_empty_home_is_told_the_same(tmp_path: Path) -> None:
    with pytest.raises(IcpError, match="no account file"):
        run_pipeline(bare_home(tmp_path / "h"))
    assert not (tmp_path / "h" / "warehouse" / "icp.duckdb").exists()
    assert not (tmp_path / "h" / "exports" / "latest").exists()


def test_an_optional_file_with_a_header_alone_is_normal(small: Path, tmp_path: Path) -> None:
    home = copy_home(small, tmp_path / "home")
    path = home / "landing" / "nps" / "responses.csv"
    path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n")
    run_pipeline(home, accept="no survey this quarter")
    assert one(home, "select arg_max(accept_reason, started_at) from history.runs") == "no survey this quarter"
    assert query(
        home, "select rows_read, status from quality.source_files where path = 'nps/responses.csv'"
    ).to_numpy().tolist() == [[0, "loaded"]]
    # If nobody was asked, the score is unknown, not zero.
    assert one(home, "select count(nps) from outcomes.customer_scores") == 0


def test_an_account_file_with_a_header_alone_is_held_where_there_were_accounts(copied: Path) -> None:
    before = live_state(copied)
    path = copied / "landing" / "salesforce" / "Account.csv"
    path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n")
    with pytest.raises(
        IcpError, match=r"blocked, nothing was published: salesforce salesforce_account: \d+ rows before, 0"
    ):
        run_pipeline(copied)
    assert live_state(copied) == before


def test_a_file_cut_at_a_line_end_is_held_by_its_volume(copied: Path) -> None:
    before = live_state(copied)
    for name in ("Account", "Opportunity", "OpportunityHistory", "OpportunityContactRole", "Lead"):
        path = copied / "landing" / "salesforce" / f"{name}.csv"
        lines = path.read_bytes().split(b"\n")
        path.write_bytes(b"\n".join(lines[: len(lines) // 3]) + b"\n")
    with pytest.raises(IcpError, match=r"salesforce salesforce_lead: .* rows before, .* now"):
        run_pipeline(copied)
    assert live_state(copied) == before


@pytest.mark.slow
def test_a_world_without_signal_tags_nobody(tmp_path: Path) -> None:
    home = bare_home(tmp_path / "h")
    write_sample(home, accounts=800, events=2_000, world=World(signal=0))
    learned = run_pipeline(home).learned
    assert learned["has_signal"] is False
    _says_nothing(home, one(home, "select count(*) from core.accounts"))
    salesforce = exports(home)["salesforce_account_update.csv"].decode()
    assert "Tier" not in salesforce.split("\n", 1)[1].replace("ICP_Tier__c", "")
