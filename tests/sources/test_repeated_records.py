"""Records landed more than once: reported if no modified date says which values count, else silent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from landing_folder import Landing

from icp_pipeline.sources import repeats
from icp_pipeline.sources.declared.plan import FieldRequest, MappedSource, ReadPlan

A, B, C = "001Hs00004kXyZa", "001Hs00004kXyZb", "001Hs00004kXyZc"
HEADER = "Id,Name,Website,Industry"


def aged(path: Path, days: int) -> None:
    os.utime(path, (1_700_000_000 - 86_400 * days,) * 2)


def told(landing: Landing) -> list[tuple[Any, ...]]:
    assert landing.state is not None
    rows = landing.state.repeated_records.to_pylist()
    names = ("code", "path", "records", "first_line", "other_path", "other_line")
    return [tuple(row[name] for name in names) for row in rows]


def test_files_that_differ_are_told_by_the_newer_one_which_counts(landing: Landing) -> None:
    aged(landing.put("salesforce/account-b.csv", f"{HEADER}\n{A},A,a.example,Steel\n{B},B,b.example,Tea\n"), 9)
    aged(landing.put("salesforce/account-a.csv", f"{HEADER}\n{B},B,b.example,Tea\n{A},A,a.example,Glass\n"), 1)
    landing.land()
    assert told(landing) == [
        ("DIFFERING_SNAPSHOTS", "salesforce/account-a.csv", 1, 3, "salesforce/account-b.csv", 2),
    ]


def test_full_exports_with_a_modified_date_say_nothing(landing: Landing) -> None:
    for day in (1, 2, 3):
        row = f"{A},A,a.example,Industry {day},2025-06-0{day}T08:00:00.000Z"
        landing.put(f"salesforce/account-{day}.csv", f"{HEADER},SystemModstamp\n{row}\n")
    assert told(landing.land()) == []


@pytest.mark.parametrize("dates", [("2025-06-01T08:00:00Z", "2025-06-01T08:00:00Z"), ("2025-06-01T08:00:00Z", "")])
def test_a_date_that_is_equal_or_blank_decides_nothing(landing: Landing, dates: tuple[str, str]) -> None:
    for name, date in zip(("1", "2"), dates, strict=True):
        landing.put(f"salesforce/account-{name}.csv", f"{HEADER},SystemModstamp\n{A},A,a.example,I {name},{date}\n")
    landing.land()
    # The models prefer a dated row to one without a date.
    winner, other = ("1", "2") if not dates[1] else ("2", "1")
    assert told(landing) == [
        ("DIFFERING_SNAPSHOTS", f"salesforce/account-{winner}.csv", 1, 2, f"salesforce/account-{other}.csv", 2)
    ]


def test_an_older_version_is_no_matter_where_the_newest_rows_agree(landing: Landing) -> None:
    rows = (f"{A},A,a.example,Old,2025-01-01", f"{A},A,a.example,New,2025-06-01", f"{A},A,a.example,New,2025-06-01")
    for place, row in enumerate(rows):
        landing.put(f"salesforce/account-{place}.csv", f"{HEADER},LastModifiedDate\n{row}\n")
    assert told(landing.land()) == []


def test_lines_of_one_id_that_differ_are_told_and_identical_ones_collapse(landing: Landing) -> None:
    rows = [f"{A},A,a.example,Steel", f"{B},B,b.example,Tea", f"{C},C,c.example,Oil"]
    rows += [f"{B},B,b.example,Coffee", f"{C},C,c.example,Oil", f"{A},A2,a.example,Steel"]
    landing.put("salesforce/account.csv", "\n".join([HEADER, *rows]) + "\n")
    landing.land()
    assert told(landing) == [("DUPLICATE_IDS", "salesforce/account.csv", 2, 5, "salesforce/account.csv", 3)]


def test_a_configured_column_that_differs_is_a_difference(landing: Landing) -> None:
    plan = ReadPlan(fields=(FieldRequest("segment", "salesforce_account", "Segment__c", "categorical"),))
    landing.put("salesforce/account.csv", f"Id,Name,Website,Segment__c\n{A},A,a.example,x\n{A},A,a.example,y\n")
    assert [row[:3] for row in told(landing.land(plan))] == [("DUPLICATE_IDS", "salesforce/account.csv", 1)]


def test_ids_are_those_of_their_source(landing: Landing) -> None:
    columns = {"id": "id", "name": "name"}
    plan = ReadPlan(
        mapped=(
            MappedSource("crm", "crm/a.csv", "account", columns),
            MappedSource("erp", "erp/a.csv", "account", columns),
        )
    )
    landing.put("crm/a.csv", "id,name\n1,A\n")
    landing.put("erp/a.csv", "id,name\n1,B\n2,C\n2,D\n")
    assert [row[:4] for row in told(landing.land(plan))] == [("DUPLICATE_IDS", "erp/a.csv", 1, 4)]


def test_items_of_a_subscription_are_no_matter_here(landing: Landing) -> None:
    landing.put(
        "stripe/s.csv",
        "id,Customer ID,Status,Plan,Amount,Currency,Interval,Created (UTC),customer_email\n"
        "sub_1,cus_1,active,a,100.00,usd,month,2025-01-01,o@a.example\n"
        "sub_1,cus_1,active,b,200.00,usd,month,2025-01-01,o@a.example\n",
    )
    assert told(landing.land()) == []


def test_the_same_files_are_compared_once(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.put("salesforce/account.csv", f"{HEADER}\n{A},A,a.example,Steel\n{A},A,a.example,Tea\n")
    first = told(landing.land())
    monkeypatch.setattr(repeats, "_found", lambda *_: pytest.fail("compared again"))
    assert told(landing.land()) == first != []
