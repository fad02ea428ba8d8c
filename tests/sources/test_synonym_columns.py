"""Columns with the same meaning: in each row, the first with a value counts."""

from __future__ import annotations

import numpy as np
import pytest
from landing_folder import Landing

from icp_pipeline.sources.known_vendors import known_vendors
from icp_pipeline.sources.table.recognition import Layout, fold
from icp_pipeline.sources.table.synonyms import _filled_lists

READ = [layout for vendor in known_vendors().values() for layout in vendor.layouts if layout.kind]

READ = [layout for vendor in known_vendors().values() for layout in vendor.layouts if layout.kind]


def test_the_first_column_that_says_something_counts_row_by_row(landing: Landing) -> None:
    landing.put(
        "hubspot/c.csv",
        "Record ID,Company name,Company Domain Name,Website URL,Country/Region,Country\n"
        "1,A,,https://www.a.example/,Germany,France\n2,B,b.example,https://other.example,,France\n3,C,,,,\n",
    )
    rows = landing.land().rows("hubspot_company", "domain", "country", "country_code")
    assert rows == [
        {"domain": "a.example", "country": "Germany", "country_code": "DE"},
        {"domain": "b.example", "country": "France", "country_code": "FR"},
        {"domain": None, "country": None, "country_code": None},
    ]


def test_a_cell_that_cannot_be_used_gives_way_and_is_told(landing: Landing) -> None:
    landing.put(
        "stripe/s.csv",
        "id,Interval,Amount,Status,Start (UTC),Start Date (UTC)\n"
        "s1,month,9,active,2026-01-02,soon\ns2,month,9,active,2026-01-02,2026-02-03\n",
    )
    assert landing.land().rows("subscription", "started_at") == ["2026-01-02 00:00:00", "2026-02-03 00:00:00"]
    assert [(line, column) for line, column, _, _ in landing.rejects()] == [(2, "Start Date (UTC)")]


def test_an_id_that_cannot_be_used_is_not_taken_from_another_column(landing: Landing) -> None:
    """A user's own column `Company ID` may be a number of another system."""
    landing.put(
        "hubspot/c.csv",
        "Record ID,Company ID,Company name,Industry\n1.83E+10,7,A,X\n18300000001,8,B,X\n,18300000002,C,X\n",
    )
    assert landing.land().rows("hubspot_company", "id") == ["18300000001", "18300000002"]


def test_links_fall_back_on_the_next_link(landing: Landing) -> None:
    landing.put(
        "stripe/s.csv",
        "id,Interval,Amount,Status,hubspot_company_id (metadata),crm_account_id (metadata)\n"
        "s1,month,9,active,90010000001,\ns2,month,9,active,1,90010000002\n",
    )
    assert landing.land().rows("subscription", "account_key") == ["90010000001", "90010000002"]


def test_lists_fall_back_too() -> None:
    first = (np.array([0, 0, 2]), ["a", "b", "c"])
    second = (np.array([0, 1, 2, 3]), ["x", "y", "z", "w"])
    rows, values = _filled_lists(first, second, np.array([False, False, False, True]))
    assert rows.tolist() == [0, 0, 1, 2] and values == ["a", "b", "y", "c"]


def test_events_of_a_blank_group_take_the_other_column(landing: Landing) -> None:
    landing.put(
        "usage/t.csv",
        "id,event,timestamp,user_id,distinct_id,context_group_id,group_id\n"
        "1,x,2026-01-01,,u1,,g1\n2,x,2026-01-01,u2,v,g2,w\n",
    )
    assert landing.land().daily() == {("g1", "u1", "2026-01-01"): 1, ("g2", "u2", "2026-01-01"): 1}


def test_a_name_that_stands_twice_is_one_column_unless_the_cells_differ(landing: Landing) -> None:
    landing.put(
        "salesforce/a.csv", "Id,Name,Website,name\n001Hs00004kXyZa,,h.example,Halden\n001Hs00004kXyZb,B,b.example,B\n"
    )
    assert landing.land().rows("salesforce_account", "name") == ["Halden", "B"]
    landing.put(
        "salesforce/a.csv", "Id,Name,Website,name\n001Hs00004kXyZa,A,h.example,\n001Hs00004kXyZb,B,b.example,C\n"
    )
    assert "column 'Name' occurs twice, at positions 2 and 4, and they differ (first in line 3)" in landing.held()


@pytest.mark.parametrize("layout", READ, ids=lambda each: each.name)
def test_no_two_columns_of_a_layout_share_a_spelling(layout: Layout) -> None:
    """Otherwise a cell would count twice; the exception is the time of a touch, which also gives its day."""
    aliases = {name: spellings for name, spellings in layout.all_aliases.items() if name != "happened_at"}
    if "happened_at" in layout.all_aliases:
        assert layout.all_aliases["happened_at"] == ("happened_at",)
        assert [name for name, spellings in aliases.items() if "happened_at" in spellings] == ["happened_on"]
    names = [name for spellings in aliases.values() for name in {fold(name) for name in spellings}]
    assert len(names) == len(set(names))
