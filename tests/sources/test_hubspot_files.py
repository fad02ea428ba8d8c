"""HubSpot exports: labels and internal names, lists, and the protection against formulas."""

from __future__ import annotations

import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.plan import FieldRequest, FileFormat, ReadPlan

LABELS = (
    '"Record ID","Company name","Company Domain Name","Number of Employees","Annual Revenue","Industry",'
    '"Country/Region","Lifecycle Stage","Additional Domains","Web Technologies","Merged Company IDs",'
    '"Salesforce Account ID","Target Account","Target Account","Phone Number","Create Date"\n'
)
INTERNAL = (
    "hs_object_id,name,domain,numberofemployees,annualrevenue,industry,country,lifecyclestage,hs_additional_domains,"
    "web_technologies,hs_merged_object_ids,salesforceaccountid,hs_is_target_account,hs_target_account,phone,createdate\n"
)
ROW = (
    '"18273645501","Halden Freight GmbH","halden-freight.example","310.0","48000000.0",'
    '"Logistics","Germany","Customer",'
    '"halden.example;www.halden.example","Shopify;1&1 Hosting","18273645000;18273645001","001Hs00004kXyZa","True","",'
    '" +49305550100","2023-04-11 10:12"\n'
)


@pytest.mark.parametrize("header", [pytest.param(LABELS, id="labels"), pytest.param(INTERNAL, id="internal names")])
def test_companies_by_label_or_internal_name(landing: Landing, header: str) -> None:
    landing.put("hubspot/companies.csv", header + ROW)
    assert landing.land().rows("hubspot_company") == [
        {
            "id": "18273645501",
            "name": "Halden Freight GmbH",
            "domain": "halden-freight.example",
            "salesforce_account_id": "001Hs00004kXyZaIAK",
            "industry": "Logistics",
            "number_of_employees": "310",
            "annual_revenue": "48000000",
            "country": "Germany",
            "country_code": "DE",
            "lifecycle_stage": "Customer",
            "created_at": "2023-04-11 10:12:00",
            "source_path": "hubspot/companies.csv",
            "source_line": 2,
        }
    ]


def test_lists_become_one_row_per_value(landing: Landing) -> None:
    landing.put("hubspot/companies.csv", LABELS + ROW)
    found = landing.land().rows("field_values", "record_kind", "record_id", "attribute", "value")
    assert {(row["record_kind"], row["record_id"]) for row in found} == {("hubspot_company", "18273645501")}
    assert sorted((row["attribute"], row["value"]) for row in found) == [
        ("additional_domains", "halden.example"),
        ("merged_company_ids", "18273645000"),
        ("merged_company_ids", "18273645001"),
        ("web_technologies", "1&1 Hosting"),
        ("web_technologies", "Shopify"),
    ]


def test_the_formula_guard_is_trimmed_before_a_number_is_read(landing: Landing) -> None:
    landing.put("hubspot/companies.csv", '"Record ID","Company name","Industry","Lat"\n"1","A","X"," -85.9677169"\n')
    plan = ReadPlan(fields=(FieldRequest("latitude", "hubspot_company", "Lat", "numeric"),))
    assert landing.land(plan).rows("field_values", "value") == ["-85.9677169"]


DEALS = (
    '"Record ID","Deal Name","Pipeline","Deal Stage","Amount","Close Date","Create Date","Deal Type","Is Closed Won",'
    '"Is closed lost","Date entered ""Closed Won (Sales Pipeline)""","Associated Company IDs",'
    '"Associated Company IDs (Primary)"\n'
)


def test_deals_with_quotes_in_the_header_and_several_companies(landing: Landing) -> None:
    landing.put(
        "hubspot/deals.csv",
        DEALS
        + '"1","A","P","Closed Won","84000.0","2025-11-28 16:05","2025-08-02 11:15","New Business","True","False",'
        '"2025-11-28 16:05","501;502","501"\n'
        '"2","B","P","122178070","","2025-12-05 09:00","2025-10-01 11:15","","False","True","","502;503",""\n'
        '"3","C","P","Open","","","2025-10-01 11:15","","False","False","","504",""\n'
        '"4","D","P","Open","","","2025-10-01 11:15","","","","","",""\n',
    )
    rows = landing.land().rows("hubspot_deal", "company_id", "company_id_is_guess", "is_closed", "is_closed_won")
    assert rows[0] == {
        "company_id": "501",
        "company_id_is_guess": "false",
        "is_closed": "true",
        "is_closed_won": "true",
    }
    assert rows[1] == {
        "company_id": "502",
        "company_id_is_guess": "true",
        "is_closed": "true",
        "is_closed_won": "false",
    }
    assert rows[2]["company_id"] == "504" and rows[2]["company_id_is_guess"] == "false" and rows[2]["is_closed"] is None
    assert rows[3]["company_id"] is None
    assert landing.rows("hubspot_deal", "close_date")[0] == "2025-11-28"


@pytest.mark.parametrize(
    ("written", "timezone", "day"),
    [
        ("2025-07-01 00:00", "Europe/Berlin", "2025-07-01"),
        ("2025-07-01 23:30", "America/New_York", "2025-07-01"),
        ("2025-07-01", "Asia/Tokyo", "2025-07-01"),
        # As the API writes midnight in Berlin.
        ("2025-06-30T22:00:00Z", "Europe/Berlin", "2025-07-01"),
        ("2025-06-30T22:00:00.000Z", "UTC", "2025-06-30"),
    ],
)
def test_a_deal_closes_on_the_day_that_its_portal_shows(
    landing: Landing, written: str, timezone: str, day: str
) -> None:
    landing.put("hubspot/deals.csv", f"Record ID,Deal Stage,Close Date\n1,Won,{written}\n")
    plan = ReadPlan(vendors={"hubspot": FileFormat(timezone=timezone)})
    assert landing.land(plan).rows("hubspot_deal", "close_date") == [day]


@pytest.mark.parametrize("header", ("Salesforce Opportunity ID", "hs_salesforceopportunityid"))
def test_a_synced_deal_names_its_opportunity_in_salesforces_long_form(landing: Landing, header: str) -> None:
    landing.put("hubspot/deals.csv", f"Record ID,Deal Stage,{header}\n1,Won,006Hs00001ABCDe\n2,Won,\n")
    assert landing.land().rows("hubspot_deal", "salesforce_opportunity_id") == ["006Hs00001ABCDeIAP", None]


@pytest.mark.parametrize("header", ("Total contract value,Annual contract value", "hs_tcv,hs_acv"))
def test_an_amount_that_is_the_total_value_is_for_as_long_as_that_is_of_a_years(landing: Landing, header: str) -> None:
    """36,000 at 12,000 a year; one year's amount; an amount that is neither; no yearly value; a given term wins."""
    landing.put(
        "hubspot/deals.csv",
        f"Record ID,Deal Stage,Amount,{header},Contract Term Months\n"
        "1,Won,36000,36000,12000,\n2,Won,12000,36000,12000,\n3,Won,500,36000,12000,\n4,Won,36000,36000,,\n"
        "5,Won,36000,36000,12000,24\n6,Won,18000,18000,12000,\n",
    )
    assert landing.land().rows("hubspot_deal", "term_months") == ["36", None, None, None, "24", "18"]


def test_the_accounts_own_time_zone_is_honoured(landing: Landing) -> None:
    landing.put("hubspot/companies.csv", '"Record ID","Company name","Create Date"\n"1","A","2023-07-11 10:12"\n')
    landing.land(ReadPlan(vendors={"hubspot": FileFormat(timezone="America/New_York")}))
    assert landing.rows("hubspot_company", "created_at") == ["2023-07-11 14:12:00"]


def test_an_internal_name_matches_a_configured_field_in_any_spelling(landing: Landing) -> None:
    landing.put("hubspot/companies.csv", "hs_object_id,name,domain,has_rev_ops\n1,A,a.example,Yes\n2,B,b.example,\n")
    plan = ReadPlan(fields=(FieldRequest("revops", "hubspot_company", "Has RevOps", "boolean"),))
    assert landing.land(plan).rows("field_values", "record_id", "attribute", "value") == [
        {"record_id": "1", "attribute": "revops", "value": "true"}
    ]


@pytest.mark.parametrize(
    "header", ["Parent Company", "hs_parent_company_id", "property_hs_parent_company_id", "Parent Company ID"]
)
def test_a_company_names_its_parent(landing: Landing, header: str) -> None:
    landing.put("hubspot/companies.csv", f"Record ID,Company name,Industry,{header}\n1,A,X,8804013101\n2,B,X,\n")
    assert landing.land().rows("hubspot_company", "parent_id") == ["8804013101", None]


def test_of_a_contact_only_role_seniority_domain_and_company_are_read(landing: Landing) -> None:
    landing.put(
        "hubspot/contacts.csv",
        "Record ID,First Name,Email,Job Title,Lifecycle Stage,Lead Status,Create Date,Associated Company IDs\n"
        "501,Kim,kim@a.example,VP Sales,lead,NEW,2026-11-02 09:30,9001\n"
        "502,Ann,ann@gmail.com,Ninja,lead,,2026-11-03 10:00,9001;9002\n"
        "503,,,,,,,\n",
    )
    columns = ("id", "email_domain", "is_free_mail", "role", "seniority", "company_id", "is_ambiguous")
    assert [tuple(row.values()) for row in landing.land().rows("hubspot_contact", *columns)] == [
        ("501", "a.example", "false", "sales", "vp", "9001", "false"),
        ("502", None, "true", None, None, "9001", "true"),
        ("503", None, None, None, None, None, "false"),
    ]


@pytest.mark.parametrize("told_by", ["Job Title", "email", "property_jobtitle"])
def test_a_contact_is_told_by_its_title_or_address(landing: Landing, told_by: str) -> None:
    landing.put("hubspot/contacts.csv", f"Record ID,{told_by}\n501,x@a.example\n")
    assert landing.land().rows("hubspot_contact", "id") == ["501"]
