"""Rows and cells that cannot be used: recorded by file, line, column and reason, never by value."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from landing_folder import ACCOUNTS, Landing

HEADER = "Id,Name,Website,AnnualRevenue,CreatedDate\n"


def test_a_bad_cell_costs_the_cell_and_a_bad_key_costs_the_row(landing: Landing) -> None:
    landing.put(
        "salesforce/Account.csv",
        HEADER + "001Hs00004kXyZa,Halden,not a host,much,2026-02-30\n,Nobody,a.example,1,\n001Hs00004kXyZb,B,,5,\n",
    )
    rows = landing.land().rows("salesforce_account", "name", "website_domain", "annual_revenue", "created_at")
    assert rows == [
        {"name": "Halden", "website_domain": None, "annual_revenue": None, "created_at": None},
        {"name": "B", "website_domain": None, "annual_revenue": "5", "created_at": None},
    ]
    assert landing.rejects() == [
        (2, "AnnualRevenue", "not a number", "value"),
        (2, "CreatedDate", "no such date or time", "value"),
        (2, "Website", "not a domain: it holds blanks or invisible characters", "value"),
        (3, "Id", "required, but empty or not usable", "row"),
    ]
    assert landing.counts("salesforce/Account.csv") == (3, 2, 1)


def test_lines_are_counted_through_quoted_newlines_and_blank_lines(landing: Landing) -> None:
    landing.put(
        "salesforce/Account.csv",
        HEADER + '001Hs00004kXyZa,"Two\nLines",a.example,1,\n\n001Hs00004kXyZb,"Comma, ""quote""",b.example,x,\n'
        "short,row\n001Hs00004kXyZc,C,c.example,1,\n\n",
    )
    rows = landing.land().rows("salesforce_account", "name", "source_line")
    assert [(row["name"], row["source_line"]) for row in rows] == [("Two\nLines", 2), ('Comma, "quote"', 5), ("C", 7)]
    assert [(line, scope) for line, _, _, scope in landing.rejects()] == [(5, "value"), (6, "row")]
    assert landing.counts("salesforce/Account.csv") == (4, 3, 1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read_and_mixed_ones_too(landing: Landing, end: str) -> None:
    landing.put(
        "salesforce/Account.csv", f"Id,Name,Website{end}001Hs00004kXyZa,A,a.example\n001Hs00004kXyZb,B,b.example{end}"
    )
    assert landing.land().rows("salesforce_account", "source_line") == [2, 3]


def test_reordered_columns_give_the_same_rows(landing: Landing) -> None:
    landing.put(
        "salesforce/Account.csv", "CreatedDate,Website,Id,Extra,Name\n2026-01-01,a.example,001Hs00004kXyZa,?,A\n"
    )
    row = landing.land().rows("salesforce_account")[0]
    assert (row["id"], row["name"], row["website_domain"]) == ("001Hs00004kXyZaIAK", "A", "a.example")


def test_a_trailing_comma_on_every_row_is_harmless(landing: Landing) -> None:
    landing.put(
        "salesforce/Account.csv", "Id,Name,Website\n001Hs00004kXyZa,A,a.example,\n001Hs00004kXyZb,B,b.example,x\n"
    )
    assert landing.land().rows("salesforce_account", "name") == ["A"]
    assert landing.rejects() == [(3, None, "4 cells, expected 3", "row")]


def test_text_after_a_closing_quote_costs_its_line_only(landing: Landing) -> None:
    landing.put(
        "salesforce/Account.csv", 'Id,Name,Website\n001Hs00004kXyZa,"A"x,a.example\n001Hs00004kXyZb,B,b.example\n'
    )
    assert landing.land().rows("salesforce_account", "name") == ["B"]
    assert landing.rejects() == [(2, None, "text after a closing quote: quotes inside a cell must be doubled", "row")]


def test_a_giant_cell_costs_its_row_only_where_it_is_needed(landing: Landing) -> None:
    giant = "x" * 2_500_000
    landing.put(
        "salesforce/Account.csv",
        f"Id,Name,Website,Note\n001Hs00004kXyZa,{giant},a.example,\n001Hs00004kXyZb,B,b.example,{giant}\n",
    )
    assert landing.land().rows("salesforce_account", "name") == ["B"]
    assert landing.rejects() == [(2, None, "a cell longer than 2,000,000 characters", "row")]


def test_hidden_characters_spoil_ids_and_are_cleaned_from_text(landing: Landing) -> None:
    landing.put(
        "zendesk/t.csv", "Id,Organization,Created at\n9\u200b1,A,2026-01-01\n92,Acme\u200b\u00a0Ltd\x00,2026-01-01\n"
    )
    assert landing.land().rows("ticket", "id", "organization") == [{"id": "92", "organization": "Acme Ltd"}]
    assert landing.rejects() == [(2, "Id", "hidden or control character inside an id", "row")]


CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, min_size=0, max_size=5), max_size=12))
@example([["\\"]])
@example([["a", "\\"], ["b"]])
def test_records_read_are_loaded_plus_rejected_for_any_cells(landing: Landing, table: list[list[str]]) -> None:
    quoted = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in table)
    # A file without a single usable id is blocked.
    landing.put("salesforce/Account.csv", HEADER + "001Hs00004kXyZa,Halden,,,\n" + quoted)
    # Without one usable account, nothing would be landed at all.
    landing.put("salesforce/zz_accounts.csv", ACCOUNTS)
    landing.land()
    read, loaded, rejected = landing.counts("salesforce/Account.csv")
    assert read == loaded + rejected == 1 + len([row for row in table if row])
    assert len([1 for *_, scope in landing.rejects() if scope == "row"]) == rejected
