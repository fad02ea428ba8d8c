"""A column of numbers is read by the one decimal convention that its cells allow; in doubt it is rejected."""

from __future__ import annotations

import gc

import pyarrow as pa
import pytest

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.table.cell_columns import normalise


def column(texts: list[str], type_: str = "money", decimal: str | None = None) -> list[str | None]:
    """Values of a column."""
    return normalise(pa.array(texts), type_, Rules(decimal=decimal), "x")[0].to_pylist()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["EUR 84.000", "EUR 12.500", "EUR 1.250.000,00", "EUR 9.999,50"], ["84000", "12500", "1250000", "9999.5"]),
        (["84.000", "12.5"], ["84", "12.5"]),
        (["84.000", "7.00"], ["84", "7"]),
        (["84.000", "310.0", "1,200"], ["84", "310", "1200"]),
        (["84.000", "1234.567"], ["84", "1234.567"]),
        (["84.000", "0.250"], ["84", "0.25"]),
        (["84.000", "1,234.56"], ["84", "1234.56"]),
        (["84.000", "1,234,567"], ["84", "1234567"]),
        (["84.000", "12,5"], ["84000", "12.5"]),
        (["84.000", "1.234.567"], ["84000", "1234567"]),
        (["84.000", "0,250"], ["84000", "0.25"]),
        (["1,200", "12,5"], ["1.2", "12.5"]),
        (["1,200", "30"], ["1200", "30"]),
        (["1.200", "30"], [None, "30"]),
        (["1.200", "1,200"], [None, None]),
        (["1.200", "1,200", "12.5", "12,5"], [None, None, "12.5", "12.5"]),
        (["-84.000", "(1.200)", "2.500M"], [None, None, None]),
        (["1.001-5.000", "200"], [None, "200"]),
    ],
)
def test_one_cell_tells_the_convention_of_its_column(texts: list[str], expected: list[str | None]) -> None:
    assert column(texts, "money_range" if "-5" in texts[0] else "money") == expected


def test_an_undeclared_range_follows_its_column() -> None:
    assert column(["1.001-5.000", "5.000+", "1,5K"], "range") == ["3000.5", "5000", "1500"]
    assert column(["1.5K-2.5K", "1.001-5.000"], "range") == ["2000", "3000.5"]


def test_a_declared_convention_holds_for_every_number() -> None:
    assert column(["1.001-5.000", "5.000+", "1.200", "201-500"], "range", ",") == ["3000.5", "5000", "1200", "350.5"]
    revenue = ["12.500.000", "1.000.000-5.000.000", "2,5M", "1,5M-3,5M", "10 Mio. - 25 Mio.", "€ 1,5 Mrd."]
    assert column(revenue, "money_range", ",") == [
        "12500000",
        "3000000",
        "2500000",
        "2500000",
        "17500000",
        "1500000000",
    ]
    assert column(["84.000", "1,200", "12,5"], "money", ".") == ["84", "1200", None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            ("$10 mil. - $25 mil.", "17500000"),
            ("$1 bil. - $5 bil.", "3000000000"),
            ("$500 mil. - $1 bil.", "750000000"),
        ),
        *(("1 bil.", "1000000000"), ("Under $1 million", "500000"), ("$1B+", "1000000000"), ("$5 thousand", "5000")),
        *(("1k–5k", "3000"), ("10,000+", "10000"), ("€10 mn - 20 mn", "15000000"), ("between 10 and 20", "15")),
        *(("10 mil", None), ("1 Billion - 2 Billion", "1500000000"), ("5 tn", None), ("10 B", None)),
    ],
)
def test_units_are_read_where_they_mean_one_thing(text: str, expected: str | None) -> None:
    assert column([text], "money_range") == [expected]
    assert column(["1,5 Billion"], "money_range") == column(["2 Billion"], "money_range", ",") == [None]


@pytest.mark.parametrize("type_", ["number", "money", "range", "date", "boolean", "id", "key", "sf_id", "domain"])
@pytest.mark.parametrize("word", ["NULL", "null", "\\N", "NaN", "None", "n/a", "#N/A", "-", "--", "(blank)", '=""'])
def test_a_word_for_null_is_no_value_and_no_fault(type_: str, word: str) -> None:
    values, problem = normalise(pa.array([word]), type_, Rules(), "x")
    assert values.to_pylist() == [None] and problem is None


@pytest.mark.parametrize("type_", ["number", "money", "date", "boolean", "id"])
@pytest.mark.parametrize("word", ["#REF!", "#VALUE!", "#DIV/0!", "#NAME?"])
def test_a_spreadsheets_error_is_refused(type_: str, word: str) -> None:
    values, problem = normalise(pa.array([word]), type_, Rules(), "x")
    assert values.to_pylist() == [None] and problem is not None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1.200", "30"], ["1200", "30"]),
        (["1.200", "250.000"], ["1200", "250000"]),
        (["250.000", "30"], [None, "30"]),
        (["250.000", "30.0", "1200"], ["250", "30", "1200"]),
        (["1.001-5.000", "201-500"], ["3000.5", "350.5"]),
        (["1.2", "12,5", "0.5", "-1.200"], [None, None, None, "-1200"]),
        (["1.5K", "2,5K", "10.0", "1.20K"], ["1500", "2500", "10", "1200"]),
    ],
)
def test_a_count_has_no_fraction_so_some_cells_have_one_reading(texts: list[str], expected: list[str | None]) -> None:
    assert column(texts, "range") == expected


def test_counts_in_thousands_may_have_a_fraction() -> None:
    cells = pa.array(["1.2", "30", "2.5-4.5"])
    assert normalise(cells, "range", Rules(fractions=True), "x")[0].to_pylist() == ["1.2", "30", "3.5"]


def test_an_amount_in_doubt_holds_none_of_what_was_read() -> None:
    """Each rejected cell would keep its whole table in memory, through the frames of its error."""
    gc.collect()
    gc.disable()
    try:
        assert column(["abc", "1 2 3", "12,5", "x"]) == [None, None, "12.5", None]
        assert gc.collect() == 0
    finally:
        gc.enable()
