"""How the cells of each column were read, and deciding columns without a usable cell."""

from __future__ import annotations

import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.plan import FieldRequest, FileFormat, MappedSource, ReadPlan
from icp_pipeline.sources.lake import land

ACCOUNTS = (
    "Id,Name,Website,AnnualRevenue,Industry,Note\n"
    "001Hs00004kXyZa,A,a.example,much,X,1\n"
    "001Hs00004kXyZb,B,,12,,\n"
    "bad,C,c.example,,X,\n"
)
OPPORTUNITIES = "Id,AccountId,Amount,CloseDate,IsClosed,IsWon,StageName\n"


def quality(landing: Landing, path: str) -> dict[str, tuple[object, ...]]:
    """Cells, blank, rejected, first line and whether the column is missing, by field."""
    assert landing.state is not None
    names = ("cells", "blank", "rejected", "first_line", "is_lacking")
    rows = landing.state.column_quality.to_pylist()
    return {row["field"]: tuple(row[name] for name in names) for row in rows if row["path"] == path}


def test_every_column_read_is_counted(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", ACCOUNTS)
    found = quality(landing.land(), "salesforce/Account.csv")
    assert found == {
        "id": (3, 0, 1, 4, "false"),
        "name": (3, 0, 0, None, "false"),
        "website_domain": (3, 1, 0, None, "false"),
        "annual_revenue": (3, 1, 1, 2, "false"),
        "industry": (3, 1, 0, None, "false"),
    }
    assert landing.state is not None
    header = {row["column_name"] for row in landing.state.column_quality.to_pylist()}
    assert {"Id", "AnnualRevenue"} <= header and "Note" not in header


def test_a_file_that_is_not_read_again_still_tells(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", ACCOUNTS)
    first = quality(landing.land(), "salesforce/Account.csv")
    assert quality(landing.land(), "salesforce/Account.csv") == first and landing.parsed() == set()


def test_configured_columns_lists_and_events_are_counted_too(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", ACCOUNTS.replace("Note", "Seats__c"))
    landing.put("hubspot/c.csv", "Record ID,Company name,Industry,Additional Domains\n1,A,X,a.example;b\n2,B,X,\n")
    landing.put("usage/t.csv", "id,event,timestamp,user_id\n1,x,2026-01-01,u\n2,x,soon,\n,x,2026-01-01,u\n")
    landing.land(ReadPlan(fields=(FieldRequest("seats", "salesforce_account", "Seats__c", "numeric"),)))
    assert quality(landing, "salesforce/Account.csv")["seats"] == (3, 2, 0, None, "false")
    assert quality(landing, "hubspot/c.csv")["additional_domains"] == (2, 1, 1, 2, "false")
    events = quality(landing, "usage/t.csv")
    assert events["occurred_at"] == (3, 0, 1, 3, "false")
    assert events["user_id"] == (3, 1, 0, None, "false") and events["id"] == (3, 1, 0, None, "false")


def test_a_run_tells_rejected_cells_in_a_line(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", ACCOUNTS)
    lines: list[str] = []
    land(landing.folder, landing.lake, ReadPlan(), lines.append)
    assert [line for line in lines if "cells" in line] == [
        "salesforce/Account.csv: Id: 1 of 3 cells rejected, first line 4: not a Salesforce id: expected 15 or 18 "
        "letters and digits; AnnualRevenue: 1 of 2 cells rejected, first line 2: not a number"
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        pytest.param("006Hs00001bCdEf,001Hs00004kXyZa,5,2026-01-01,perhaps,1,x\n", "IsClosed", id="closed"),
        pytest.param("006Hs00001bCdEf,001Hs00004kXyZa,5,2026-01-01,1,perhaps,x\n", "IsWon", id="won"),
        pytest.param("006Hs00001bCdEf,001Hs00004kXyZa,lots,2026-01-01,1,1,x\n", "Amount", id="amount"),
        pytest.param("006Hs00001bCdEf,001Hs00004kXyZa,5,soon,1,1,x\n", "CloseDate", id="date"),
        pytest.param("006Hs00001bCdEf,Halden,5,2026-01-01,1,1,x\n", "AccountId", id="account"),
        pytest.param("x,001Hs00004kXyZa,5,2026-01-01,1,1,x\n", "Id", id="id"),
    ],
)
def test_a_deciding_column_without_a_usable_cell_holds_the_file(landing: Landing, row: str, column: str) -> None:
    good = "006Hs00001bCdEg,001Hs00004kXyZa,5,2026-01-01,1,1,x\n"
    landing.put("salesforce/o.csv", OPPORTUNITIES + row)
    message = landing.held()
    assert f"salesforce/o.csv: the only cell of the required column '{column}' cannot be used" in message
    assert "first line 2: " in message and "Export the column again as the vendor writes it" in message
    landing.put("salesforce/o.csv", OPPORTUNITIES + row + good)
    assert len(landing.land().rows("salesforce_opportunity")) == (1 if column == "Id" else 2)


def test_a_subscription_is_told_by_id_or_domain_and_starts_by_either_date(landing: Landing) -> None:
    header = "id,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Start Date (UTC)\n"
    landing.put("stripe/s.csv", header + "s1,p,1,usd,month,9,active,2026-01-01,soon\n")
    found = quality(landing.land(), "stripe/s.csv")
    assert found["started_at"] == (1, 0, 1, 2, "false"), "the day it was created says when it began"
    assert found["account_key or domain"] == (1, 1, 0, None, "true"), "nothing says whose it is"
    landing.put("stripe/s.csv", header + "s1,p,1,usd,month,9,active,then,soon\n")
    assert "column 'Created (UTC)' cannot be used" in landing.held()


def test_a_column_that_is_blank_throughout_is_lacking(landing: Landing) -> None:
    landing.put("salesforce/o.csv", OPPORTUNITIES + "006Hs00001bCdEg,001Hs00004kXyZa,,2026-01-01,1,1,x\n")
    assert quality(landing.land(), "salesforce/o.csv")["amount"] == (1, 1, 0, None, "true")


def test_ids_that_are_blank_throughout_hold_the_file(landing: Landing) -> None:
    landing.put("zendesk/t.csv", "Id,Created at\n,2026-01-01\n,2026-01-02\n")
    assert "zendesk/t.csv: column 'Id' is blank in all 2 rows" in landing.held()


def test_a_customer_date_without_a_usable_cell_holds_the_file(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", ACCOUNTS.replace("Note", "Since__c"))
    plan = ReadPlan(
        fields=(FieldRequest("customer_since", "salesforce_account", "Since__c", "date"),),
        vendors={"salesforce": FileFormat()},
    )
    assert "the only cell of the required column 'Since__c' cannot be used" in landing.held(plan)


def test_a_mapped_survey_without_a_usable_score_is_held(landing: Landing) -> None:
    landing.put("own/s.csv", "mail,answer\na@halden.example,good\nb@halden.example,bad\n")
    source = MappedSource("s", "own/s.csv", "survey", {"account_key": "mail", "score": "answer"})
    assert "not one of the 2 cells of the required column 'answer' can be used" in landing.held(
        ReadPlan(mapped=(source,))
    )
