"""A line with a total is not a record; a company called Total is one."""

from __future__ import annotations

import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.plan import MappedSource, ReadPlan

PLAN = ReadPlan(mapped=(MappedSource("own", "own/*.csv", "account", {"id": "Key", "name": "Name"}),))


@pytest.mark.parametrize("word", ["Grand Totals", "Total", "TOTAL:", "Summe", "Gesamt", "Total général", "合计"])
def test_a_total_in_place_of_an_id_is_rejected(landing: Landing, word: str) -> None:
    landing.put("own/a.csv", f"Key,Name,Amount\n1,Halden,5\n{word},,5\n")
    assert landing.land(PLAN).rows("account", "id", path="own") == ["1"]
    reason = "a line with a total, not a record: the cell that names the record says so"
    assert landing.rejects() == [(3, "Key", reason, "row")]
    assert landing.counts("own/a.csv") == (2, 1, 1)


def test_a_total_in_a_hubspot_report_is_rejected(landing: Landing) -> None:
    landing.put("hubspot/deals.csv", "Record ID,Deal Stage,Amount\n1,Won,5\nGrand Total,,5\n")
    assert landing.land().rows("hubspot_deal", "id") == ["1"]


def test_a_company_called_total_is_read(landing: Landing) -> None:
    landing.put("own/a.csv", "Key,Name\n1,Total\n2,Totals Ltd\ntotal.example,Gesamt\nTOTAL-7,Summe\n")
    assert landing.land(PLAN).rows("account", "id", path="own") == ["1", "2", "total.example", "TOTAL-7"]
    assert landing.rejects() == []
