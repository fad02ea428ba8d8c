"""Every form in which Salesforce exports its objects."""

from __future__ import annotations

import pytest
from landing_folder import Landing

LOADER_63 = (
    '"Id","Name","Type","Website","Industry","AnnualRevenue","NumberOfEmployees","BillingCountry","CreatedDate",'
    '"IsDeleted"\n'
    '"001Hs00004kXyZaIAK","Halden Freight GmbH","Customer - Direct","https://www.halden-freight.example/de",'
    '"Transportation","48000000.0","310","Germany","2023-04-11T08:12:44.000Z","false"\n'
    '"001Hs00004kXyZAIA0","Brightloom, Inc.","Customer - Direct","brightloom.example","Technology","","1200",'
    '"United States","2022-09-30T17:40:02.000Z","false"\n'
    '"001Hs00004kXyZbIAK","The ""Quiet"" Bakery","Prospect","","Food & Beverage","","","",'
    '"2025-01-20T06:00:00.000Z","false"\n'
)
HALDEN = {
    "id": "001Hs00004kXyZaIAK",
    "is_deleted": "false",
    "name": "Halden Freight GmbH",
    "type": "Customer - Direct",
    "website_domain": "halden-freight.example",
    "industry": "Transportation",
    "annual_revenue": "48000000",
    "number_of_employees": "310",
    "billing_country": "Germany",
    "billing_country_code": "DE",
    "created_at": "2023-04-11 08:12:44",
    "source_path": "salesforce/Account.csv",
    "source_line": 2,
}


def _upper(text: str) -> str:
    header, rest = text.split("\n", 1)
    return f"{header.upper()}\n{rest}"


def _labels(text: str) -> str:
    header, rest = text.split("\n", 1)
    for name, label in (
        ("Id", "Account ID"),
        ("Name", "Account Name"),
        ("AnnualRevenue", "Annual Revenue"),
        ("NumberOfEmployees", "Employees"),
        ("BillingCountry", "Billing Country"),
        ("CreatedDate", "Created Date"),
        ("IsDeleted", "Deleted"),
    ):
        header = header.replace(f'"{name}"', f'"{label}"')
    return f"{header}\n{rest}"


def _snake(text: str) -> str:
    header, rest = text.split("\n", 1)
    for name, snake in (("AnnualRevenue", "annual_revenue"), ("NumberOfEmployees", "number_of_employees")):
        header = header.replace(name, snake)
    return f"{header.lower()}\n{rest}"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\ufeff" + LOADER_63, id="data loader 63 with byte order mark"),
        pytest.param(LOADER_63, id="data loader 61 without mark"),
        pytest.param(_upper(LOADER_63), id="data loader before 61, upper case"),
        pytest.param(LOADER_63.replace("\n", "\r\n"), id="bulk api with CRLF"),
        pytest.param(LOADER_63.replace("T08:12:44.000Z", "T08:12:44.000+0000"), id="bulk api with +0000"),
        pytest.param(LOADER_63.replace('"false"', '"0"').replace("T08:12:44.000Z", " 08:12:44"), id="weekly export"),
        pytest.param(_labels(LOADER_63), id="report with labels and ids"),
        pytest.param(_snake(LOADER_63), id="warehouse copy in snake case"),
    ],
)
def test_every_account_export_gives_the_same_rows(landing: Landing, content: str) -> None:
    landing.put("salesforce/Account.csv", content)
    rows = landing.land().rows("salesforce_account")
    assert rows[0] == HALDEN
    assert [row["name"] for row in rows] == ["Halden Freight GmbH", "Brightloom, Inc.", 'The "Quiet" Bakery']
    assert "website_domain" not in rows[2] and "annual_revenue" not in rows[2]
    assert landing.counts("salesforce/Account.csv") == (3, 3, 0)


def test_ids_that_differ_by_letter_case_only_stay_apart(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", LOADER_63)
    ids = landing.land().rows("salesforce_account", "id")
    assert ids[0] != ids[1] and ids[0].lower()[:15] == ids[1].lower()[:15]


def test_fifteen_character_ids_become_eighteen(landing: Landing) -> None:
    landing.put(
        "salesforce/opp.csv",
        "Id,AccountId,StageName,IsClosed,IsWon,CloseDate\n006x0000001YtCr,001x0000002xLCV,"
        "Closed Won,true,true,2005-11-09\n",
    )
    assert landing.land().rows("salesforce_opportunity", "id", "account_id") == [
        {"id": "006x0000001YtCrAAK", "account_id": "001x0000002xLCVAA2"}
    ]


def test_an_id_whose_case_was_folded_rejects_the_row(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", LOADER_63.replace("001Hs00004kXyZaIAK", "001HS00004KXYZAIAK"))
    assert landing.land().rows("salesforce_account", "source_line") == [3, 4]
    assert landing.rejects() == [
        (2, "Id", "Salesforce id with a wrong checksum: some tool changed its letter case", "row")
    ]
    assert landing.counts("salesforce/Account.csv") == (3, 2, 1)


def test_upper_case_opportunities_keep_won_and_closed(landing: Landing) -> None:
    landing.put(
        "salesforce/Opportunity.csv",
        '"ID","ACCOUNTID","STAGENAME","AMOUNT","PROBABILITY","CLOSEDATE","ISCLOSED","ISWON","CREATEDDATE"\n'
        '"006Hs00001bCdEfIAK","001Hs00004kXyZaIAK","Closed Won","84000.0","100.0","2025-11-28","true","true",'
        '"2025-08-02T09:15:00.000Z"\n',
    )
    assert landing.land().rows("salesforce_opportunity") == [
        {
            "id": "006Hs00001bCdEfIAK",
            "account_id": "001Hs00004kXyZaIAK",
            "stage_name": "Closed Won",
            "amount": "84000",
            "close_date": "2025-11-28",
            "is_closed": "true",
            "is_won": "true",
            "outcome_from": "flag",
            "created_at": "2025-08-02 09:15:00",
            "source_path": "salesforce/Opportunity.csv",
            "source_line": 2,
        }
    ]


def test_opportunity_history_is_told_from_opportunities(landing: Landing) -> None:
    landing.put(
        "salesforce/h.csv",
        "Id,OpportunityId,CreatedDate,StageName,Amount,CloseDate,Probability,ForecastCategory,IsDeleted\n"
        "008Hs0000aaaaaa,006Hs00001bCdEf,2025-08-02T09:15:00.000Z,Qualification,60000.0,2025-10-31,10.0,Pipeline,false\n",
    )
    row = landing.land().rows("salesforce_opportunity_history")[0]
    assert (row["id"], row["opportunity_id"]) == ("008Hs0000aaaaaaIAA", "006Hs00001bCdEfIAK")
    assert (row["stage_name"], row["probability"], row["close_date"]) == ("Qualification", "10", "2025-10-31")


def test_contact_roles_are_read_without_the_person(landing: Landing) -> None:
    landing.put(
        "salesforce/roles.csv",
        "Id,ContactId,Contact.Name,OpportunityId,IsDeleted,IsPrimary,Role,"
        "CreatedDate\n"
        "00KHs00000aaaaa,003Hs00000bbbbb,Some Person,006Hs00001bCdEf,false,true,Decision Maker,"
        "2025-08-02T09:15:00.000Z\n",
    )
    row = landing.land().rows("salesforce_opportunity_contact_role")[0]
    assert (row["role"], row["is_primary"]) == ("Decision Maker", "true")
    assert "Some Person" not in str(row)


def test_a_lead_without_website_takes_the_domain_of_its_address(landing: Landing) -> None:
    landing.put(
        "salesforce/leads.csv",
        "Id,Company,Website,Email,LeadSource,Status,IsConverted,ConvertedDate,CreatedDate\n"
        "00QHs00000aaaaa,Nordwind,,kim@mail.nordwind.example,Web,Open,false,,2026-01-02T00:00:00Z\n"
        "00QHs00000aaaab,Nordwind,nordwind.example,kim@gmail.com,Web,Open,true,2026-02-03,2026-01-02T00:00:00Z\n"
        "00QHs00000aaaac,Solo,,kim@gmail.com,Web,Open,false,,2026-01-02T00:00:00Z\n",
    )
    rows = landing.land().rows("salesforce_lead", "company_domain", "converted_at")
    assert [row["company_domain"] for row in rows] == ["nordwind.example", "nordwind.example", None]
    assert rows[1]["converted_at"] == "2026-02-03"


def test_a_merged_account_keeps_its_master(landing: Landing) -> None:
    landing.put(
        "salesforce/Account.csv",
        "Id,IsDeleted,MasterRecordId,Name,Website\n001Hs00004kXyZa,true,001Hs00004kXyZb,Old,old.example\n",
    )
    row = landing.land().rows("salesforce_account")[0]
    assert (row["is_deleted"], row["master_record_id"]) == ("true", "001Hs00004kXyZbIAK")


def test_report_footer_rows_are_rejected_and_counted(landing: Landing) -> None:
    landing.put(
        "salesforce/report.csv",
        '"Account ID","Account Name","Industry"\n"001Hs00004kXyZa","Halden",'
        '"Transportation"\n\n"Accounts by industry"\n'
        '"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n',
    )
    assert landing.land().rows("salesforce_account", "name", path="salesforce/report") == ["Halden"]
    assert landing.rejects() == [(4, None, "1 cell, expected 3", "row"), (5, None, "1 cell, expected 3", "row")]
    assert landing.counts("salesforce/report.csv") == (3, 1, 2)


def test_a_report_without_record_ids_is_held(landing: Landing) -> None:
    landing.put("salesforce/report.csv", '"Account Name","Industry","Employees"\n"Halden","Transportation","3"\n')
    message = landing.held()
    assert (
        "salesforce/report.csv: not recognised. Nearest is Salesforce Account; missing: 'Id' or 'Account ID'" in message
    )


def test_of_contacts_and_leads_only_role_seniority_and_domain_are_read(landing: Landing) -> None:
    landing.put(
        "salesforce/Contact.csv",
        "Id,AccountId,FirstName,LastName,Title,Email,CreatedDate\n"
        "003Hs00000bbbbb,001Hs00004kXyZa,A,B,Vertriebsleiterin,a@mail.b.example,2026-11-02T09:30:00.000Z\n",
    )
    landing.put(
        "salesforce/Lead.csv",
        "Id,Title,Email,Website,Country,IsConverted\n"
        "00QHs00000bbbbb,CEO,kim@gmail.com,,Deutschland,false\n00QHs00000bbbbc,,kim@a.example,,,false\n",
    )
    columns = ("account_id", "email_domain", "role", "seniority", "created_at")
    assert [tuple(row.values()) for row in landing.land().rows("salesforce_contact", *columns)] == [
        ("001Hs00004kXyZaIAK", "b.example", "sales", "director", "2026-11-02 09:30:00")
    ]
    columns = ("company_domain", "is_free_mail", "role", "seniority", "country_code")
    assert [tuple(row.values()) for row in landing.rows("salesforce_lead", *columns)] == [
        (None, "true", "executive", "c_level", "DE"),
        ("a.example", "false", None, None, None),
    ]


def test_objects_nobody_uses_are_left_alone(landing: Landing) -> None:
    landing.put("salesforce/contacts.csv", "Id,FirstName,LastName,Email\n003Hs00000bbbbb,A,B,a@b.example\n")
    landing.put("salesforce/cases.csv", "Id,CaseNumber,AccountId,Status\n500Hs00000bbbbb,1,,New\n")
    landing.put("salesforce/error.csv", "ID,NAME,WEBSITE,ERROR\n001Hs00004kXyZaIAK,A,a.example,bad\n")
    landing.put(
        "salesforce/success.csv", "ID,OWNERID,NAME,WEBSITE,STATUS\n001Hs00004kXyZaIAK,,A,a.example,Item Updated\n"
    )
    landing.land()
    assert {landing.status(f"salesforce/{name}.csv")[0] for name in ("contacts", "cases", "error", "success")} == {
        "ignored"
    }
    assert landing.rows("salesforce_account") == []


def test_a_currency_inside_the_amount_is_not_lost(landing: Landing) -> None:
    landing.put(
        "salesforce/opp.csv",
        "Id,AccountId,StageName,Amount,CurrencyIsoCode,IsClosed,IsWon\n"
        '006Hs00001bCdEf,001Hs00004kXyZa,Won,"EUR 84,000.00",,1,1\n'
        '006Hs00001bCdEg,001Hs00004kXyZa,Won,"$5,000",GBP,1,1\n'
        '006Hs00001bCdEh,001Hs00004kXyZa,Won,"EUR 1",USD,1,1\n'
        '006Hs00001bCdEi,001Hs00004kXyZa,Won,"¥100",,1,1\n',
    )
    rows = landing.land().rows("salesforce_opportunity", "amount", "currency_iso_code")
    assert rows[0] == {"amount": "84000", "currency_iso_code": "EUR"}
    assert rows[1] == {"amount": None, "currency_iso_code": "GBP"}
    assert rows[2] == {"amount": None, "currency_iso_code": "USD"}
    # Yen or yuan: the home currency decides, and without one there is no rate for the sign.
    assert rows[3] == {"amount": "100", "currency_iso_code": "¥"}
    assert [(line, column) for line, column, _, _ in landing.rejects()] == [(3, "Amount"), (4, "Amount")]


@pytest.mark.parametrize("header", ("Parent Account", "Parent.Name"))
def test_a_report_names_the_parent_and_not_its_id(landing: Landing, header: str) -> None:
    landing.put(
        "salesforce/accounts.csv", f"Account ID,Account Name,Industry,{header}\n001Hs00001ABCDe,A,X,Acme Holding\n"
    )
    assert landing.land().rows("salesforce_account", "parent_name", "parent_id") == [
        {"parent_name": "Acme Holding", "parent_id": None}
    ]
