"""Each file looks like its vendor's export: header spelling, quoting, byte-order mark, dates, ranges, lists."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from icp_pipeline.sample.write import write_sample


def header(company, name: str) -> str:
    return company.raw(name).split(b"\n", 1)[0].decode("utf-8-sig")


def find(company, pattern: str) -> str:
    [path] = sorted((company.home / "landing").glob(pattern))
    return str(path.relative_to(company.home / "landing"))


def test_only_the_newest_data_loader_writes_a_byte_order_mark(company) -> None:
    marked = [
        str(path.relative_to(company.home / "landing"))
        for path in (company.home / "landing").rglob("*")
        if path.is_file() and path.read_bytes().startswith(b"\xef\xbb\xbf")
    ]
    assert marked == ["salesforce/Account.csv"]


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("salesforce/Account.csv", '"Id","IsDeleted","MasterRecordId","Name",'),
        ("salesforce/Opportunity.csv", '"ID","ISDELETED","ACCOUNTID","NAME",'),
        ("salesforce/OpportunityHistory.csv", '"Id","OpportunityId","CreatedDate","StageName"'),
        ("salesforce/OpportunityContactRole.csv", "Id,OpportunityId,ContactId,Role,IsPrimary"),
        ("salesforce/Lead.csv", '"Id","IsDeleted","Company","Website"'),
        ("salesforce/Contact.csv", '"Id","IsDeleted","AccountId","Title","Email"'),
        ("forms/website.csv", "id,submitted_at,email,company,website,employees,country,industry,title,form"),
        ("web/events.csv", "id,domain,occurred_at,event,page"),
        ("clearbit/companies.csv", "domain,name,category.sector,category.industryGroup"),
        ("clearbit/companies_warehouse.csv", "company_domain,company_name,company_category_sector"),
        ("builtwith/All-Live-Salesforce-Sites.csv", '"Domain","Location on Site","Tech Spend USD"'),
        ("stripe/subscriptions.csv", "id,Customer ID,Customer Name,Customer Email,Plan,Quantity"),
        ("nps/responses.csv", "Response ID,Email domain,Survey type,Score,Responded at"),
        ("zendesk/tickets.csv", "Summation column,Id,Requester,Requester id"),
        ("crunchbase/funding_rounds.csv", '"Transaction Name","Transaction Name URL","Organization Name"'),
        ("triggers/events.csv", "account,trigger,happened_on,strength,source"),
        ("engagement/touches.csv", "account,happened_on,channel,kind"),
        ("usage/groups.csv", "id,group_id,user_id,anonymous_id,name,plan,domain,crm_account_id"),
        ("usage/group_map.csv", "group_id,crm_account_id,domain"),
    ],
)
def test_headers(company, name: str, start: str) -> None:
    assert header(company, name).startswith(start)


def test_data_loader_before_v61_writes_capitals_only(company) -> None:
    assert header(company, "salesforce/Opportunity.csv") == header(company, "salesforce/Opportunity.csv").upper()


def test_every_cell_is_quoted_where_the_vendor_quotes_every_cell(company) -> None:
    for name in (
        "salesforce/Opportunity.csv",
        "builtwith/All-Live-AWS-Sites.csv",
        find(company, "hubspot/*companies*"),
    ):
        for line in company.raw(name).decode().splitlines()[1:50]:
            assert re.fullmatch(r'"([^"]|"")*"(,"([^"]|"")*")*', line), (name, line)


def test_bulk_api_quotes_nothing(company) -> None:
    assert b'"' not in company.raw("salesforce/OpportunityContactRole.csv")


def test_all_rows_have_as_many_cells_as_the_header(company) -> None:
    for path in (company.home / "landing").rglob("*.csv"):
        name = str(path.relative_to(company.home / "landing"))
        for row in company.rows(name):
            assert None not in row, name
            assert None not in row.values(), name


def test_salesforce_moments_and_numbers(company) -> None:
    for row in company.rows("salesforce/Account.csv")[:200]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", row["CreatedDate"])
        assert re.fullmatch(r"(\d+\.\d)?", row["AnnualRevenue"])
        assert re.fullmatch(r"\d*", row["NumberOfEmployees"])
        assert row["Has_RevOps__c"] in {"true", "false", ""}
    for row in company.rows("salesforce/Opportunity.csv")[:200]:
        assert 0 <= float(row["PROBABILITY"]) <= 100


def test_an_address_has_a_line_break_inside_its_cell(company) -> None:
    rows = company.rows("salesforce/Account.csv")
    assert any("\n" in row["BillingStreet"] for row in rows)
    assert company.raw("salesforce/Account.csv").count(b"\n") > len(rows) + 1


def test_a_name_has_quotes(company) -> None:
    assert any('"' in row["Name"] for row in company.rows("salesforce/Account.csv"))


def test_hubspot_labels_guards_and_lists(company) -> None:
    name = find(company, "hubspot/*companies*")
    assert '"Date entered ""Customer (Sales Pipeline)"""' in header(company, name)
    assert "\"Date entered 'Customer (Lifecycle Stage Pipeline)'\"" in header(company, name)
    rows = company.rows(name)
    assert all(row["Phone Number"].startswith(" +") for row in rows)
    assert any(";" in row["Web Technologies"] for row in rows)
    assert any(";" in row["Additional Domains"] for row in rows)
    assert all(re.fullmatch(r"(\d+\.0)?", row["Number of Employees"]) for row in rows)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", row["Create Date"]) for row in rows)


def test_hubspot_deals_come_by_label_and_by_internal_name(company) -> None:
    labelled, internal = find(company, "hubspot/*all-deals*"), find(company, "hubspot/*recent-deals*")
    assert '"Date entered ""Closed Won (Sales Pipeline)"""' in header(company, labelled)
    assert header(company, internal).startswith('"hs_object_id","dealname","pipeline","dealstage","amount"')
    assert {row["dealstage"] for row in company.rows(internal)} <= {"closedwon", "closedlost", "contractsent"}
    labels = company.rows(labelled)
    assert {row["Is Closed Won"] for row in labels} == {"True", "False"}
    assert any(";" in row["Associated Company IDs"] for row in labels)


def test_clearbit_ranges_and_both_kinds_of_lists(company) -> None:
    dotted, snake = company.rows("clearbit/companies.csv"), company.rows("clearbit/companies_warehouse.csv")
    assert {"251-1K", "1K-5K"} <= {row["metrics.employeesRange"] for row in dotted}
    assert {"$10M-$50M", "$100M-$250M"} <= {row["metrics.estimatedAnnualRevenue"] for row in dotted}
    assert any("salesforce" in json.loads(row["tech"]) for row in dotted if row["tech"])
    assert any(";" in row["company_tech"] and "[" not in row["company_tech"] for row in snake)
    assert any(row["tags"].startswith("SaaS;") for row in dotted)
    for row in dotted:
        if row["metrics.employees"] and row["metrics.employeesRange"] == "251-1K":
            assert 251 <= int(row["metrics.employees"]) <= 1_000


def test_builtwith_knows_zero_employees_as_unknown_and_its_own_empties(company) -> None:
    rows = company.rows("builtwith/All-Live-Google-Analytics-Sites.csv")
    assert "0" in {row["Employees"] for row in rows}
    assert {row["Telephones"] for row in rows} == {"ph:"}
    assert all(row["First Detected"] <= row["Last Found"] <= row["Last Indexed"] for row in rows)


def test_stripe_words(company) -> None:
    rows = company.rows("stripe/subscriptions.csv")
    assert {"active", "canceled", "past_due", "trialing"} == {row["Status"] for row in rows}
    assert {"usd", "eur", "gbp", "chf"} == {row["Currency"] for row in rows}
    assert {"year", "month"} == {row["Interval"] for row in rows}
    assert all(bool(row["Ended At (UTC)"]) == (row["Status"] == "canceled") for row in rows)


def test_crunchbase_money_columns_read_backwards(company) -> None:
    rows = [row for row in company.rows("crunchbase/funding_rounds.csv") if row["Money Raised"]]
    assert {row["Money Raised Currency"] for row in rows} == {"USD", "EUR"}
    assert all(row["Money Raised Currency (in USD)"].isdigit() for row in rows)


def test_posthog_is_one_json_object_a_line_with_the_group_inside(company) -> None:
    lines = [json.loads(line) for line in company.raw("usage/posthog_events.jsonl").decode().splitlines()]
    assert len(lines) == company.truth["rows_per_file"]["usage/posthog_events.jsonl"]
    assert len({line["uuid"] for line in lines}) == len(lines)
    assert all(line["properties"]["$groups"]["company"].startswith("acct_") for line in lines)
    assert (
        sum(line["event"].startswith("$") for line in lines) == company.truth["quirks"]["usage"]["posthog_noise_rows"]
    )


def test_no_file_of_a_sample_is_empty(tmp_path: Path) -> None:
    """A run blocks such a file, because a download may have been cut."""
    write_sample(tmp_path, accounts=30, events=0)
    assert [path.name for path in (tmp_path / "landing").rglob("*") if path.is_file() and not path.stat().st_size] == []
