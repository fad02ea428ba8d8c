"""Several ICPs in one home: each learns from its own accounts, and is added, changed and removed independently."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest
from pipeline_runs import AS_OF, bare_home, copy_home, one, put, query, run_pipeline, values

from icp_pipeline.errors import IcpError

pytestmark = pytest.mark.slow

SETTINGS = (
    AS_OF
    + """
outcomes:
  metrics:
    net_revenue_retention: {field: crm.nrr, weight: 1}
attributes:
  motion: {field: crm.motion, type: categorical}
sources:
  crm:
    file: crm/accounts.csv
    kind: account
    columns: {id: id, name: name, domain: website, industry: industry, region: region,
              number_of_employees: size, customer_since: since}
  crm_deals:
    file: crm/deals.csv
    kind: deal
    columns: {id: id, account_id: account, is_closed: closed, is_won: won, close_date: closed_on,
              created_at: created_on}
exports:
  salesforce: {tier: ICP_Tier__c}
"""
)
EMEA = """  emea:
    where: "region = 'EMEA'"
    exports: {salesforce: {tier: ICP_EMEA_Tier__c, score: ICP_EMEA_Score__c}}
"""
NA = """  small_na:
    where: "region = 'NA' and employees < 1000"
"""
# In one region agencies turn out worst and shops best, in the other the reverse.
EFFECT = {("EMEA", "Agency"): -1.5, ("EMEA", "Shop"): 1.5, ("NA", "Agency"): 1.5, ("NA", "Shop"): -1.5}


def company(folder: Path, settings: str, accounts: int = 700) -> Path:
    """Customers and prospects of two regions with opposite effects, as plain CSV."""
    rng = random.Random(7)
    rows, deals = (
        ["id,name,website,industry,region,size,since,nrr,motion"],
        ["id,account,closed,won,created_on,closed_on"],
    )
    salesforce = ["Id,Name,Website"]
    for n in range(accounts):
        region, industry = rng.choice(["EMEA", "NA"]), rng.choice(["Agency", "Shop", "Bank", "Farm"])
        size, motion, is_customer = rng.choice([20, 80, 400, 900]), rng.choice(["a", "b", "c"]), rng.random() < 0.6
        year, month = rng.choice([2022, 2023, 2024]), rng.randint(1, 12)
        nrr = 1 + 0.1 * (EFFECT.get((region, industry), 0.0) + rng.gauss(0, 1))
        since = f"{year}-{month:02d}-15" if is_customer else ""
        if n % 2:
            salesforce.append(f"{_salesforce_id(n)},Firm {n},firm{n}.example")
        rows.append(
            f"{n},Firm {n},firm{n}.example,{industry},{region},{size},{since},{f'{nrr:.3f}' if since else ''},{motion}"
        )
        won = "true" if since else "false"
        if since or rng.random() < 0.5:
            deals.append(f"d{n},{n},true,{won},{year}-{month:02d}-01,{year}-{month:02d}-15")
    home = bare_home(folder, settings)
    put(home, "crm/accounts.csv", "\n".join(rows) + "\n")
    put(home, "salesforce/Account.csv", "\n".join(salesforce) + "\n")
    put(home, "crm/deals.csv", "\n".join(deals) + "\n")
    return home


def _salesforce_id(n: int) -> str:
    from icp_pipeline.activation.safe_cells import salesforce_id_18

    return str(salesforce_id_18(f"001Hs0000{n:06d}"))


@pytest.fixture(scope="module")
def two_icps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = company(tmp_path_factory.mktemp("two") / "home", SETTINGS + "icps:\n" + EMEA + NA)
    run_pipeline(home)
    return home


def criteria(home: Path, icp_id: str) -> dict[str, str]:
    """Industry segments by kind of criterion."""
    rows = query(home, f"select segment, points from icp.criteria where icp_id = '{icp_id}' and attribute = 'industry'")
    return {row.segment: "good" if row.points > 0 else "bad" for row in rows.itertuples()}


def test_each_icp_finds_the_truth_of_its_own_region(two_icps: Path) -> None:
    assert criteria(two_icps, "emea") == {"Shop": "good", "Agency": "bad"}
    assert criteria(two_icps, "small_na") == {"Agency": "good", "Shop": "bad"}
    # What is good in one region and bad in the other has no effect in the whole company.
    assert criteria(two_icps, "primary") == {}


def test_members_alone_are_scored_and_tiered_by_their_icp(two_icps: Path) -> None:
    wrong = """
        select count(*) from icp.account_tiers as tiers inner join core.accounts as accounts
            on accounts.account_id = tiers.account_id
        where (icp_id = 'emea' and region <> 'EMEA') or (icp_id = 'small_na' and (region <> 'NA' or employees >= 1000))
    """
    assert one(two_icps, wrong) == 0
    for table in ("icp.account_scores", "icp.account_tiers"):
        counts = "select icp_id, count(*) as n from {} group by 1 order by 1"
        assert query(two_icps, counts.format(table)).equals(query(two_icps, counts.format("core.icp_members")))
    better = """
        select scores.icp_id, industry, avg(fit_probability) as p from icp.account_scores as scores
        inner join core.accounts as accounts on accounts.account_id = scores.account_id
        where industry in ('Agency', 'Shop') group by 1, 2
    """
    p = {(row.icp_id, row.industry): row.p for row in query(two_icps, better).itertuples()}
    assert p["emea", "Shop"] > 2 * p["emea", "Agency"]
    assert p["small_na", "Agency"] > 2 * p["small_na", "Shop"]


def test_evidence_adds_up_and_versions_belong_to_their_icp(two_icps: Path) -> None:
    off = """
        select count(*) from icp.account_scores as scores inner join (
            select account_id, icp_id, sum(points) as points from icp.score_evidence group by 1, 2
        ) as sums on sums.account_id = scores.account_id and sums.icp_id = scores.icp_id
        where abs(scores.fit_points - sums.points) > 1e-9
    """
    assert one(two_icps, off) == 0
    for table in ("criteria", "score_evidence", "account_scores", "account_tiers", "backtest"):
        strange = f"""
            select distinct icp_id, icp_version from icp.{table}
            where icp_version <> case icp_id when 'emea' then 'emea-2026.11.1' when 'small_na' then 'small_na-2026.11.1'
                else '2026.11.1' end
        """
        assert query(two_icps, strange).empty, table
    versions = query(two_icps, "select icp_id, filter_sql, basis, counts_parents from history.icp_versions order by 1")
    assert versions["icp_id"].tolist() == ["emea", "primary", "small_na"]
    assert versions.loc[0, "filter_sql"] == "region = 'EMEA'" and versions.loc[0, "basis"] == "outcomes"
    assert versions["counts_parents"].tolist() == [True] * 3


def test_traits_are_tested_among_the_icps_own_customers(two_icps: Path) -> None:
    found = """
        select icp_id, segment, verdict from segments.icp_segment_lift
        where outcome = 'quality' and attribute = 'industry' and segment in ('Shop', 'Agency') and icp_id <> 'primary'
    """
    assert {tuple(row) for row in query(two_icps, found).values} == {
        ("emea", "Shop", "icp"),
        ("emea", "Agency", "negative"),
        ("small_na", "Shop", "negative"),
        ("small_na", "Agency", "icp"),
    }
    # A criterion's figures equal those of the table: both count the same customers.
    apart = """
        select count(*) from icp.criteria as criteria inner join segments.icp_segment_lift as own
            on criteria.icp_id = own.icp_id and criteria.attribute = own.attribute
            and criteria.segment = own.segment and own.outcome = 'quality'
        where criteria.n_segment <> own.n_segment or abs(criteria.lift - own.lift) > 1e-6
    """
    assert one(two_icps, apart) == 0
    assert "these customers with each other" in (two_icps / "exports" / "latest" / "index.html").read_text()


def test_a_backtest_of_its_own_has_the_tiers_in_order(two_icps: Path) -> None:
    for icp_id in ("emea", "small_na"):
        rates = query(two_icps, f"select tier, accounts, outcome_rate from icp.backtest where icp_id = '{icp_id}'")
        found = dict(zip(rates["tier"], rates["outcome_rate"], strict=True))
        assert rates["accounts"].sum() >= 20
        assert found["tier_2"] > found["not_icp"], rates


def test_files_carry_the_icps_that_have_fields_and_review_has_a_row_for_each(two_icps: Path) -> None:
    latest = two_icps / "exports" / "latest"
    with (latest / "salesforce_account_update.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "Id", "ICP_Tier__c", "ICP_Score__c", "ICP_Model_Version__c", "ICP_EMEA_Tier__c", "ICP_EMEA_Score__c",
        "ICP_Scored_At__c",
    ]  # fmt: skip
    tiers = query(
        two_icps,
        """
        select salesforce_account_id as id, region, tier from core.accounts as accounts
        left join icp.account_tiers as tiers on tiers.account_id = accounts.account_id and icp_id = 'emea'
        where salesforce_account_id is not null
        """,
    ).set_index("id")
    assert {row["ICP_EMEA_Tier__c"] for row in rows if tiers.loc[row["Id"], "region"] == "NA"} == {"#N/A"}
    for row in rows:
        if tiers.loc[row["Id"], "region"] == "EMEA":
            wanted = {
                "tier_1": "Tier 1",
                "tier_2": "Tier 2",
                "tier_3": "Tier 3",
                "not_icp": "Not ICP",
                "unscored": "#N/A",
            }
            assert row["ICP_EMEA_Tier__c"] == wanted[tiers.loc[row["Id"], "tier"]]
    with (latest / "accounts_review.csv").open(encoding="utf-8-sig", newline="") as file:
        review = list(csv.DictReader(file))
    assert len(review) == one(two_icps, "select count(*) from core.icp_members")
    with (latest / "changes.csv").open(encoding="utf-8", newline="") as file:
        assert {row["icp_id"] for row in csv.DictReader(file)} == {"primary", "emea"} - (
            set() if one(two_icps, "select count(*) from icp.criteria where icp_id = 'primary'") else {"primary"}
        )
    manifest = json.loads((latest / "manifest.json").read_text())
    assert sum(manifest["tiers"].values()) == one(two_icps, "select count(*) from core.accounts")


def test_the_same_day_again_changes_nothing_for_any_icp(two_icps: Path, tmp_path: Path) -> None:
    home = copy_home(two_icps, tmp_path / "home")
    run_pipeline(home)
    assert one(home, "select count(*) from exports.changes") == 0
    assert one(home, "select count(*) from icp.tier_transitions") == 0


def test_an_icp_comes_later_is_promoted_apart_and_goes(two_icps: Path, tmp_path: Path) -> None:
    home = copy_home(two_icps, tmp_path / "home")
    late = SETTINGS + "icps:\n" + EMEA + NA + "  farms: {where: \"industry = 'Farm' or industry = 'Bank'\"}\n"
    (home / "icp.yaml").write_text(late, encoding="utf-8")
    before = query(home, "select icp_id, icp_version from history.icp_versions order by 1")
    learned = run_pipeline(home).learned
    assert learned["emea"] == {"icp_version": "emea-2026.11.1", "learned_now": False}
    assert learned["farms"]["learned_now"] and learned["farms"]["icp_version"] == "farms-2026.11.1"
    after = query(home, "select icp_id, icp_version from history.icp_versions where icp_id <> 'farms' order by 1")
    assert after.equals(before)

    # Learned from the same data, the new versions are not worse, so the refit takes them; one is rolled back alone.
    run_pipeline(home, refit=True)
    run_pipeline(home, promote="emea-2026.11.1", accept="the old one, please")
    status = (
        "select icp_version, status from history.icp_versions where icp_version like 'emea-%' or icp_id = 'small_na'"
    )
    assert dict(query(home, status).itertuples(index=False, name=None)) == {
        "emea-2026.11.1": "live", "emea-2026.11.2": "retired",
        "small_na-2026.11.1": "retired", "small_na-2026.11.2": "live",
    }  # fmt: skip
    assert values(home, "select distinct icp_version from icp.account_tiers where icp_id = 'emea'") == [
        "emea-2026.11.1"
    ]

    (home / "icp.yaml").write_text(SETTINGS, encoding="utf-8")
    run_pipeline(home, accept="one ICP is enough")
    for table in (
        "icp.account_scores",
        "icp.account_tiers",
        "icp.criteria",
        "icp.score_evidence",
        "exports.accounts_review",
    ):
        assert set(values(home, f"select distinct icp_id from {table}")) <= {"primary"}, table
    assert one(home, "select count(*) from history.icp_criteria where icp_id = 'emea'") > 0
    assert one(home, "select count(*) from history.tier_changes where icp_id = 'emea'") > 0
    header = (home / "exports" / "latest" / "salesforce_account_update.csv").read_text().splitlines()[0]
    assert "EMEA" not in header


def test_an_account_that_leaves_the_filter_loses_its_tag_and_says_why(two_icps: Path, tmp_path: Path) -> None:
    home = copy_home(two_icps, tmp_path / "home")
    tagged = query(
        home,
        """
        select accounts.account_id, accounts.salesforce_account_id, substr(accounts.name, 6) as id
        from core.accounts as accounts inner join icp.account_tiers as tiers on tiers.account_id = accounts.account_id
        where icp_id = 'emea' and tier = 'tier_2' and salesforce_account_id is not null order by 1 limit 1
        """,
    ).iloc[0]
    path = home / "landing" / "crm" / "accounts.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    moved = [line.replace(",EMEA,", ",NA,") if line.startswith(f"{tagged['id']},") else line for line in lines]
    path.write_text("\n".join(moved) + "\n", encoding="utf-8")
    run_pipeline(home)
    change = query(
        home, f"select * from exports.changes where icp_id = 'emea' and account_id = '{tagged['account_id']}'"
    ).iloc[0]
    assert (change["old_tier"], change["new_tier"], change["cause"]) == ("tier_2", "unscored", "membership")
    moves = "select to_tier, cause from history.tier_changes where icp_id = 'emea' and account_id = "
    assert ("unscored", "membership") in set(
        query(home, f"{moves}'{tagged['account_id']}'").itertuples(index=False, name=None)
    )


def test_an_icp_of_too_few_or_nobody_says_so_and_the_others_go_on(tmp_path: Path) -> None:
    few = "icps:\n  tiny: {where: \"industry = 'Farm' and motion = 'a' and size_of = 1\"}\n"
    with pytest.raises(IcpError, match=r"icps\.tiny\.where: unknown column 'size_of'"):
        run_pipeline(company(tmp_path / "bad", SETTINGS + few))
    few = "icps:\n  tiny: {where: \"industry = 'Farm' and motion = 'a' and employees = 20\"}\n"
    few += "  typo: {where: \"region = 'Emea'\"}\n"
    home = company(tmp_path / "home", SETTINGS + few)
    run_pipeline(home)
    warnings = query(home, "select code, message from quality.warnings where subject in ('tiny', 'typo')")
    said = set(warnings.itertuples(index=False, name=None))
    assert any(code == "TOO_FEW_CUSTOMERS" and message.startswith("ICP tiny: ") for code, message in said)
    assert any(code == "ICP_WITHOUT_MEMBERS" and "region = 'Emea'" in message for code, message in said)
    assert values(home, "select distinct tier from icp.account_tiers where icp_id = 'tiny'") == ["unscored"]
    assert one(home, "select count(*) from icp.account_tiers where icp_id = 'primary'") == 700
