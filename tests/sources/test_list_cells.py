"""Cells with several values: the separators, and cells where it is not certain that there are several."""

from __future__ import annotations

import pyarrow as pa
import pytest

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.table.cell_columns import split_values


def items(text: str, type_: str, commas: bool = False) -> tuple[list[str], list[str]]:
    """Values of a cell, and the reasons for what could not be used."""
    _, values, problem = split_values(pa.array([text]), type_, Rules(), "x", commas)
    return values, problem.reasons if problem else []


@pytest.mark.parametrize(
    "text",
    [
        *("90010000002;90010000001", "90010000002, 90010000001", "90010000002|90010000001", "90010000002\n90010000001"),
        *('["90010000002", "90010000001"]', "[90010000002, 90010000001]", "['90010000002', '90010000001']"),
        *("{90010000002,90010000001}", "[9.0010000002E10, 90010000001.0, null]", '="90010000002";="90010000001"'),
        *("'90010000002;90010000001", "90010000002 90010000001", "90,010,000,002; 90,010,000,001"),
        *('[{"id": "90010000002", "type": "a"}, {"id": 90010000001}]', "90010000002;90010000002;90010000001;"),
    ],
)
def test_ids_of_a_list_are_read_whatever_stands_between_them(text: str) -> None:
    assert items(text, "id") == (["90010000002", "90010000001"], [])


def test_one_shown_number_is_not_taken_for_a_list_nor_a_list_for_a_number() -> None:
    values, reasons = items("90,010,000,002", "id")
    assert values == [] and "one number or several" in reasons[0]


def test_digits_that_are_missing_in_an_item_are_told() -> None:
    values, reasons = items("90010000002;9.001E+10", "id")
    assert values == ["90010000002"] and "digits missing" in reasons[0]


@pytest.mark.parametrize("text", ["a.example, b.example", "a.example|b.example", '["https://a.example","b.example"]'])
def test_domains_of_a_list_are_read_whatever_stands_between_them(text: str) -> None:
    assert items(text, "domain") == (["a.example", "b.example"], [])


def test_texts_are_split_at_commas_only_where_the_vendor_writes_so() -> None:
    assert items("Acme, Inc.;Beta|2", "text") == (["Acme, Inc.", "Beta|2"], [])
    assert items("React, Vue", "text", commas=True) == (["React", "Vue"], [])
    assert items("['React', 'Vue, too']", "text") == (["React", "Vue, too"], [])
    assert items("(not set)", "text") == (["(not set)"], [])


def test_a_word_for_null_is_no_item() -> None:
    assert items("null", "id") == items("NULL;(blank)", "id") == ([], [])
