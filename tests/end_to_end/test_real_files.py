"""Real files, through `sources:` mappings and vendor folders, without a line of code.

They are not part of the project; without them these tests are skipped. The mappings also serve as examples.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pipeline_runs import AS_OF, ROOT, bare_home, exports, one, put, query, run_pipeline, table_text, values

from icp_pipeline.errors import IcpError

REAL = ROOT.parent / "shared" / "real"
MAPPINGS = Path(__file__).parent / "mappings"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not beside the project")


def _home(target: Path, files: str, mapping: str, without: str = "-") -> Path:
    bare_home(target)
    shutil.copy(MAPPINGS / mapping, target / "icp.yaml")
    folder = "ravenstack" if files.startswith("ravenstack") else files
    for path in sorted((REAL / files).glob("*.csv")):
        if without not in path.name:
            put(target, f"{folder}/{path.name}", path.read_bytes())
    run_pipeline(target)
    return target


@pytest.fixture(scope="module")
def ravenstack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _home(tmp_path_factory.mktemp("ravenstack") / "h", "ravenstack", "ravenstack.yaml")


def _page(home: Path) -> str:
    """The text of the report, without its script, which has the words for everything."""
    return (home / "exports" / "latest" / "index.html").read_text(encoding="utf-8").partition("<script")[0]


def _reconciles(home: Path, **rows: int) -> None:
    files = query(home, "select * from quality.source_files where status = 'loaded'")
    assert (files["rows_read"] == files["rows_loaded"] + files["rows_rejected"]).all()
    assert files.set_index("source")["rows_read"].to_dict() == rows


def test_a_database_dump_loads_whole(ravenstack: Path) -> None:
    _reconciles(
        ravenstack,
        accounts=500,
        subscriptions=5_000,
        subscription_owners=5_000,
        tickets=2_000,
        satisfaction=2_000,
        feature_usage=25_000,
    )
    assert one(ravenstack, "select count(*) from quality.rejected_rows") == 0
    assert one(ravenstack, "select count(*) from core.accounts where is_customer") == 500
    assert one(ravenstack, "select count(*) from core.customers where is_churned") == 110
    # The source has usage by subscription; every event finds its account through it.
    assert one(ravenstack, "select mapped_share from core.usage_mapping") == 1


def test_a_market_without_signal_is_said_to_have_none(ravenstack: Path) -> None:
    assert "NO_SIGNAL" in values(ravenstack, "select code from quality.warnings")
    assert one(ravenstack, "select count(*) from icp.criteria") == 0
    assert values(ravenstack, "select distinct tier from icp.account_tiers") == ["unscored"]
    assert one(ravenstack, "select count(*) from outcomes.customer_scores where cohort = 'best'") > 30
    page = _page(ravenstack)
    assert "No ICP yet: no account has a tier" in page and "349 customers were compared, and no trait separates" in page
    assert "Enrich first" not in page and "from 300 ranked customers on" not in page


def test_an_excel_round_trip_changes_nothing_published(tmp_path: Path) -> None:
    plain = _home(tmp_path / "plain", "ravenstack", "ravenstack.yaml", without="usage")
    mangled = _home(tmp_path / "mangled", "ravenstack_excel_mangled", "ravenstack_excel.yaml")
    for table in (
        "core.accounts",
        "core.customers",
        "core.account_subscriptions",
        "core.account_tickets",
        "core.account_survey_responses",
        "core.account_attributes",
        "outcomes.customer_scores",
        "segments.segment_lift",
        "icp.account_scores",
        "icp.account_tiers",
    ):
        assert table_text(plain, table) == table_text(mangled, table), table
    assert exports(plain) == exports(mangled)
    assert one(mangled, "select count(*) from core.account_subscriptions") > 4_000


def test_without_the_date_order_mangled_dates_hold_their_files_and_are_never_guessed(tmp_path: Path) -> None:
    with pytest.raises(IcpError) as held:
        _home(tmp_path / "h", "ravenstack_excel_mangled", "ravenstack.yaml")
    lines = str(held.value).splitlines()
    for file, column in (
        ("accounts", "signup_date"),
        ("subscriptions", "start_date"),
        ("supports_ticket", "submitted_at"),
    ):
        (told,) = [line for line in lines if f"ravenstack_{file}.csv" in line and f"'{column}'" in line]
        assert "date order not declared" in told and "`date_order`" in told


def test_deals_without_ids_or_outcomes_say_who_buys_and_that_it_is_only_that(tmp_path: Path) -> None:
    home = _home(tmp_path / "h", "salvirt_b2b", "salvirt.yaml")
    _reconciles(home, companies=448, sales=448)
    assert one(home, "select count(*) from core.deals where is_won") == 227
    assert values(home, "select distinct basis from history.icp_versions where status = 'live'") == ["wins"]
    found = {tuple(row) for row in query(home, "select attribute, segment from icp.criteria where points < 0").values}
    assert ("competitors", "Yes") in found
    assert "among won deals as among lost ones" in one(
        home, "select evidence from icp.criteria where attribute = 'up_sale'"
    )
    assert "WINS_BASIS" in values(home, "select code from quality.warnings")
    # Accounts have no name or domain there, and no prospecting tool has these traits: the report says both.
    assert one(home, "select accounts from activation.audience_sizes where audience = 'target_accounts'") == 65
    listed = (home / "exports" / "latest" / "audiences" / "README.md").read_text(encoding="utf-8")
    assert "| `domains.csv` | 0 | 65 with no domain |" in listed
    assert values(home, "select distinct exactness from activation.prospecting_filters") == ["none"]
    assert one(home, "select count(*) from activation.filter_quality where precision is null and found is null") == 3
    page = _page(home)
    assert page.count("This tool has no filter for any of the criteria.") == 3
    assert "Accounts that we win tend to be" in page and "Our best customers" not in page
    assert "227 have no known start date" in page and "too new" not in page


def test_hubspot_as_a_warehouse_holds_it(tmp_path: Path) -> None:
    home = _home(tmp_path / "h", "fivetran_hubspot", "fivetran_hubspot.yaml")
    _reconciles(home, hubspot_companies=24, hubspot_deals=44, hubspot_deal_companies=2, hubspot_deal_stages=71)
    assert one(home, "select count(*) from core.accounts") == 24
    assert one(home, "select count(*) from core.accounts where annual_revenue_usd = 10000000") > 0
    # Two links lead to companies that are not in the file: this is reported, and no account is invented.
    assert one(home, "select message from quality.warnings where code = 'ORPHANS' and subject = 'deal'").startswith(
        "44 of"
    )


def test_salesforce_as_a_warehouse_holds_it(tmp_path: Path) -> None:
    home = _home(tmp_path / "h", "fivetran_salesforce", "fivetran_salesforce.yaml")
    _reconciles(home, salesforce_accounts=10, salesforce_opportunities=10)
    assert values(home, "select name from core.accounts") == ["Eric's Test"]


def test_the_same_tables_need_no_mapping_in_salesforces_own_folder(tmp_path: Path) -> None:
    home = bare_home(tmp_path / "h")
    for path in sorted((REAL / "fivetran_salesforce").glob("*.csv")):
        put(home, f"salesforce/{path.name}", path.read_bytes())
    # The account ids of its opportunities were invented: none of them exists.
    with pytest.raises(
        IcpError, match=r"sf_opportunity_data\.csv: not one of the 10 cells of the required column 'account_id'"
    ):
        run_pipeline(home)
    (home / "landing" / "salesforce" / "sf_opportunity_data.csv").unlink()
    run_pipeline(home)
    files = query(home, "select path, table_name, rows_loaded from quality.source_files where status = 'loaded'")
    assert sorted(files["table_name"]) == ["salesforce_account", "salesforce_contact", "salesforce_lead"]
    assert values(home, "select name from core.accounts") == ["Eric's Test"]


def test_hubspot_objects_that_are_no_companies_are_held_with_a_clear_message(tmp_path: Path) -> None:
    home = bare_home(tmp_path / "h")
    for path in (REAL / "hubspot_export").glob("*.csv"):
        put(home, f"hubspot/{path.name}", path.read_bytes())
    with pytest.raises(IcpError) as held:
        run_pipeline(home)
    message = str(held.value)
    assert message.count("not recognised. Nearest is HubSpot companies; missing: 'Company name' or 'name'") == 2
    assert "Found: Record ID, Available" in message and "Found: Record ID, Address 1" in message


def test_data_loaders_own_files(tmp_path: Path) -> None:
    """An old Windows export is blocked until its encoding is declared; result files are recognised as no exports."""
    home = bare_home(tmp_path / "h", "as_of: 2014-01-01\n")
    for path in (REAL / "dataloader").glob("*.csv"):
        put(home, f"salesforce/{path.name}", path.read_bytes())
    with pytest.raises(IcpError, match=r"accountData.csv: line 72: bytes that are not UTF-8.*`encoding: cp1252`"):
        run_pipeline(home)
    (home / "icp.yaml").write_text("as_of: 2014-01-01\nvendors: {salesforce: {encoding: cp1252}}\n", encoding="utf-8")
    run_pipeline(home)
    files = query(home, "select path, rows_loaded, status from quality.source_files").set_index("path")
    assert files.loc["salesforce/accountData.csv"].tolist() == [423, "loaded"]
    assert files.loc["salesforce/opportunityData.csv"].tolist() == [38, "loaded"]
    assert set(files[files.index.str.contains("0413060133")]["status"]) == {"ignored"}
    assert one(home, "select count(*) from core.accounts") == 423
    assert AS_OF
