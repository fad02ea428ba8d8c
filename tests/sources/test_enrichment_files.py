"""Company facts and technologies: Clearbit-style flattenings and BuiltWith lists."""

from __future__ import annotations

import json

import pytest
from landing_folder import Landing

DOTTED = (
    "domain,name,category.industry,category.subIndustry,category.sector,metrics.employees,metrics.employeesRange,"
    "metrics.estimatedAnnualRevenue,metrics.raised,geo.countryCode,tech,techCategories,foundedYear,tags,type"
)
FAMILIES = {
    "dotted": DOTTED,
    "prefixed snake": ",".join(
        "company_" + name.replace(".", "_").lower() if name != "domain" else name for name in DOTTED.split(",")
    ),
    "prefixed dotted": ",".join("company." + name for name in DOTTED.split(",")),
    "camel": ",".join(name.split(".")[-1] for name in DOTTED.split(",")),
}
ROWS = (
    "\nhalden-freight.example,Halden,Air Freight,Logistics Software,Industrials,310,251-1K,$10M-$50M,,DE,"
    '"[""salesforce"",""google_analytics""]","[""crm""]",1998,"[""B2B"",""Logistics""]",private'
    "\nbrightloom.example,Brightloom,Software,Data,IT,,1K-5K,$100M-$250M,42000000,US,segment;snowflake,,2014,SaaS;B2B,public"
    "\nquiet.example,Quiet,,,,,10-Jan,$10B+,,,,,,,\n"
)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_header_family_gives_the_same_company(landing: Landing, family: str) -> None:
    landing.put("clearbit/c.csv", FAMILIES[family] + ROWS)
    rows = landing.land().rows("clearbit_company")
    assert rows[0] == {
        "domain": "halden-freight.example",
        "name": "Halden",
        "sector": "Industrials",
        "industry": "Air Freight",
        "sub_industry": "Logistics Software",
        "employees": "310",
        "employees_low": "251",
        "employees_high": "1000",
        "annual_revenue_usd": "30000000",
        "annual_revenue_currency": "USD",
        "revenue_low": "10000000",
        "revenue_high": "50000000",
        "country": "DE",
        "country_code": "DE",
        "company_type": "private",
        "founded_year": "1998",
        "source_path": "clearbit/c.csv",
        "source_line": 2,
    }
    assert (rows[1]["employees"], rows[1]["raised_usd"]) == ("3000", "42000000")
    assert (rows[2]["employees_low"], rows[2]["employees_high"], rows[2]["employees"]) == ("1", "10", "5.5")
    assert rows[2]["annual_revenue_usd"] == "10000000000" and "revenue_high" not in rows[2]


def test_json_and_semicolon_lists_are_the_same(landing: Landing) -> None:
    landing.put("clearbit/c.csv", DOTTED + ROWS)
    found = landing.land().rows("field_values", "record_id", "attribute", "value")
    tech = sorted((row["record_id"], row["value"]) for row in found if row["attribute"] == "tech")
    assert tech == [
        ("brightloom.example", "segment"),
        ("brightloom.example", "snowflake"),
        ("halden-freight.example", "google_analytics"),
        ("halden-freight.example", "salesforce"),
    ]


def test_a_mail_provider_is_no_company(landing: Landing) -> None:
    landing.put("clearbit/c.csv", "domain,name,emailProvider\nmymail.example,My Mail,true\na.example,A,false\n")
    assert landing.land().rows("clearbit_company", "domain") == ["a.example"]
    assert landing.rejects() == [(2, "domain", "domain of an e-mail provider, not a company's", "row")]


def test_country_names_get_their_code(landing: Landing) -> None:
    landing.put(
        "clearbit/c.csv",
        "domain,geo.country\na.example,United Kingdom\nb.example,south korea\nc.example,Türkiye\nd.example,Atlantis\n"
        "e.example,NA\n",
    )
    rows = landing.land().rows("clearbit_company", "country", "country_code")
    assert [row["country_code"] for row in rows] == ["GB", "KR", "TR", None, "NA"]
    assert rows[3]["country"] == "Atlantis"


BUILTWITH = (
    '"Domain","Location on Site","Tech Spend USD","Employees","Company","Country",'
    '"Telephones","People","First Detected",'
    '"Last Found","First Indexed","Last Indexed","Exclusion",'
    '"Compliance"\n'
    '"halden-freight.example","shop.halden-freight.example","$2000","0","Halden","DE","ph:",'
    '"Kim Doe - CEO - k@h.example",'
    '"2021-03-14","2026-05-02","2012-04-25","2026-05-09","-","-"\n'
    '"brightloom.example","brightloom.example;app.brightloom.example","$10000","1200","Brightloom","US","","",'
    '"2019-07-01","2024-01-11","2014-01-05","2026-05-09","-","-"\n'
    '"quiet.example","","","","","","","","2019-07-01","","","2026-05-09","-","-"\n'
)


@pytest.mark.parametrize(
    ("file", "technology"),
    [
        ("All-Live-Shopify-Sites.csv", "Shopify"),
        ("All-Live-Google-Analytics-Sites.csv", "Google Analytics"),
        ("Shopify_2026-05.csv", "Shopify"),
        ("recently-added-HubSpot-Websites (1).csv", "HubSpot"),
    ],
)
def test_the_technology_is_in_the_file_name(landing: Landing, file: str, technology: str) -> None:
    landing.put(f"builtwith/{file}", BUILTWITH)
    rows = landing.land().rows("builtwith_technology", "domain", "technology", "is_live", "last_found")
    assert rows[0] == {
        "domain": "halden-freight.example",
        "technology": technology,
        "is_live": "true",
        "last_found": "2026-05-02",
    }


def test_a_technology_long_unseen_is_removed_and_an_unknown_one_is_unknown(landing: Landing) -> None:
    landing.put("builtwith/All-Live-Shopify-Sites.csv", BUILTWITH)
    assert landing.land().rows("builtwith_technology", "is_live") == ["true", "false", None]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_manifest_names_technology_category_and_report(landing: Landing, form: str) -> None:
    landing.put("builtwith/list1.csv", BUILTWITH)
    entry = {"file": "list1.csv", "technology": "Marketo", "report type": "no longer detected", "category": "marketing"}
    text = json.dumps([entry]) if form == "json" else f"{','.join(entry)}\n{','.join(entry.values())}\n"
    landing.put(f"builtwith/manifest.{form}", text)
    row = landing.land().rows("builtwith_technology", "technology", "category", "is_live")[0]
    assert row == {"technology": "Marketo", "category": "marketing", "is_live": "false"}


def test_a_changed_manifest_reads_the_list_again(landing: Landing) -> None:
    landing.put("builtwith/list1.csv", BUILTWITH)
    landing.put("builtwith/manifest.csv", "file,technology\nlist1.csv,Marketo\n")
    landing.land()
    landing.put("builtwith/manifest.csv", "file,technology\nlist1.csv,Pardot\n")
    assert set(landing.land().rows("builtwith_technology", "technology")) == {"Pardot"}


def test_people_never_reach_the_lake(landing: Landing) -> None:
    landing.put("builtwith/All-Live-Shopify-Sites.csv", BUILTWITH)
    landing.land()
    stored = b"".join(path.read_bytes() for path in landing.lake.rglob("*") if path.is_file())
    assert b"Kim Doe" not in stored and "Kim Doe" not in str(landing.rows("builtwith_technology"))
