"""Ranges as vendors write them, and as spreadsheets mangle them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.by_type import parse_range
from icp_pipeline.sources.values.ranges import parse_range_text

UNDECLARED = Rules()


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1-10", 1, 10),
        ("251-1K", 251, 1000),
        ("1K-5K", 1000, 5000),
        ("10K-50K", 10_000, 50_000),
        ("100K+", 100_000, None),
        ("10001+", 10001, None),
        ("5,001 – 10,000", 5001, 10_000),
        ("100 - 250", 100, 250),
        ("11 to 50", 11, 50),
        ("> 500", 500, None),
        ("< 50", 0, 50),
        ("201-500 employees", 201, 500),
        ("$0-$1M", 0, 10**6),
        ("$10M-$50M", 10**7, 5 * 10**7),
        ("$500M-$1B", 5 * 10**8, 10**9),
        ("$10B+", 10**10, None),
        ("$1 - 10M", 10**6, 10**7),
        ("$5K - 20K", 5000, 20_000),
    ],
)
def test_both_ends_of_a_range(text: str, low: int, high: int | None) -> None:
    found = parse_range_text(text, UNDECLARED)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("text", "low", "high"), [("10-Jan", 1, 10), ("Nov-50", 11, 50), ("10-Feb", 2, 10), ("1-Oct", 1, 10)]
)
def test_a_range_that_became_a_date_is_repaired(text: str, low: int, high: int) -> None:
    found = parse_range_text(text, UNDECLARED)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize("text", ["Jan 2024", "many", "50-11", "1-2-3", "10-Foo", "-", "K"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        parse_range_text(text, UNDECLARED)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["-", " - ", "–", " to "]))
def test_the_middle_lies_between_the_ends(first: int, second: int, dash: str) -> None:
    low, high = sorted((first, second))
    middle = parse_range(f"{low:,}{dash}{high:,}", UNDECLARED)
    assert middle is not None and Decimal(middle) == Decimal(low + high) / 2


@given(st.text(max_size=20))
def test_no_text_makes_it_fail_in_any_other_way(text: str) -> None:
    try:
        found = parse_range_text(text, UNDECLARED)
    except Unusable:
        return
    assert found.high is None or found.low <= found.high


def test_a_count_of_more_digits_than_a_calculation_has_is_refused() -> None:
    with pytest.raises(Unusable, match="out of range"):
        parse_range("1" + 28 * "0", UNDECLARED)
