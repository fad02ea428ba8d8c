"""Numbers, dates, booleans and ids: what is understood, what is refused, and that nothing is guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_pipeline.sources import values
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.rules import Rules
from icp_pipeline.sources.salesforce_ids import checksum, to_18
from icp_pipeline.sources.values import PARSERS

ISO = Rules()
COMMA = Rules(decimal=",")
ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize(
    ("text", "rules", "expected"),
    [
        ("48000000.0", ISO, "48000000"),
        (" 1,200.00 ", ISO, "1200"),
        ("1.5M", ISO, "1500000"),
        ("251K", ISO, "251000"),
        ("-85.9677169", ISO, "-85.9677169"),
        ("1e3", ISO, "1000"),
        ("1.234,50", COMMA, "1234.5"),
        ("1 234", ISO, "1234"),
        ("-0.0", ISO, "0"),
        (".5", ISO, "0.5"),
        ("12.000", COMMA, "12000"),
    ],
)
def test_numbers_become_plain_decimal_text(text: str, rules: Rules, expected: str) -> None:
    assert values.parse_number(text, rules) == expected


@pytest.mark.parametrize(
    "text", ["1.234,50", "12,5", "NaN", "inf", "1e400", "12 apples", "--5", "0x10", "1_000", "1,23,456"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        values.parse_number(text, ISO)


@pytest.mark.parametrize(
    ("text", "expected"), [("USD 30,000.00", "30000"), ("$5", "5"), ("(500)", "-500"), ("€ 12", "12"), ("US$7", "7")]
)
def test_amounts_lose_their_currency_mark(text: str, expected: str) -> None:
    assert values.parse_money(text, ISO) == expected


def test_percent_is_on_the_hundred_scale() -> None:
    assert values.parse_percent("90.0", ISO) == "90"
    assert values.parse_percent("90 %", ISO) == "90"


@given(st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=4))
def test_any_number_survives_grouping_and_plain_form(number: Decimal) -> None:
    parsed = values.parse_number(f"{number:,f}", ISO)
    assert parsed is not None and Decimal(parsed) == number
    assert parsed == values.parse_number(parsed, ISO)
    assert "e" not in parsed.lower()


@given(st.text(max_size=30), st.sampled_from(sorted(PARSERS)))
def test_no_text_makes_a_parser_fail_in_any_other_way(text: str, type_: str) -> None:
    try:
        result = PARSERS[type_](text, ISO)
    except Unusable as refused:
        assert len(text.strip()) < 3 or text not in str(refused)
    else:
        assert result is None or isinstance(result, str)


@pytest.mark.parametrize(
    ("text", "rules", "expected"),
    [
        ("2026-01-02T10:30:00.000Z", ISO, "2026-01-02 10:30:00"),
        ("2026-01-02T10:30:00.123456Z", ISO, "2026-01-02 10:30:00.123456"),
        ("2026-01-02T10:30:00.000+0000", ISO, "2026-01-02 10:30:00"),
        ("2026-01-02T10:30:00+02:00", ISO, "2026-01-02 08:30:00"),
        ("2026-01-02 10:30", ISO, "2026-01-02 10:30:00"),
        ("2026-01-02", ISO, "2026-01-02 00:00:00"),
        ("2026/01/02 1:02:03", ISO, "2026-01-02 01:02:03"),
        ("2026-07-01 10:00", Rules(timezone="Europe/Berlin"), "2026-07-01 08:00:00"),
        ("2026-01-01 10:00", Rules(timezone="Europe/Berlin"), "2026-01-01 09:00:00"),
        ("02/03/2026 4:05 PM", Rules("mdy"), "2026-02-03 16:05:00"),
        ("28-07-2023 03:00", Rules("dmy"), "2023-07-28 03:00:00"),
        ("12:00 AM", Rules("mdy"), None),
        ("1768000000", Rules(epoch=True), "2026-01-09 23:06:40"),
    ],
)
def test_moments_become_utc(text: str, rules: Rules, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(Unusable):
            values.parse_datetime(text, rules)
    else:
        assert values.parse_datetime(text, rules) == expected


@pytest.mark.parametrize(
    ("text", "rules", "reason"),
    [
        ("02/03/2026", ISO, "date order not declared"),
        ("16-31-2024", Rules("dmy"), "no such date or time in the declared order dmy"),
        ("12/31/2024", Rules("dmy"), "no such date"),
        ("2026-02-30", ISO, "no such date"),
        ("1900-01-01", ISO, "date outside 1950-2100"),
        ("9999-12-31", ISO, "date outside"),
        ("45000", ISO, "a bare number, not a date"),
        ("soon", ISO, "not a date: expected YYYY-MM-DD"),
        ("1768000000", ISO, "a bare number"),
        ("2026-01-02T25:00:00Z", ISO, "no such date or time"),
    ],
)
def test_dates_are_never_guessed(text: str, rules: Rules, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        values.parse_date(text, rules)


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 12, 31)))
def test_every_declared_order_reads_its_own_dates(day: date) -> None:
    expected = day.isoformat()
    assert values.parse_date(expected, ISO) == expected
    assert values.parse_date(day.strftime("%d/%m/%Y"), Rules("dmy")) == expected
    assert values.parse_date(day.strftime("%m.%d.%Y"), Rules("mdy")) == expected
    if day.day > 12:
        with pytest.raises(Unusable):
            values.parse_date(day.strftime("%m/%d/%Y"), Rules("dmy"))


@given(
    st.datetimes(min_value=datetime(1960, 1, 1), max_value=datetime(2099, 1, 1)),
    st.integers(min_value=-14 * 60 + 1, max_value=14 * 60 - 1),
)
def test_an_offset_moves_the_moment_to_utc(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert values.parse_datetime(zoned.isoformat(), ISO) == zoned.astimezone(UTC).replace(tzinfo=None).isoformat(
        sep=" "
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", "true"), ("FALSE", "false"), ("Yes", "true"), ("No", "false"), ("1", "true"), ("0", "false")],
)
def test_booleans_of_every_vendor(text: str, expected: str) -> None:
    assert values.parse_boolean(text, ISO) == expected


def test_a_word_that_is_no_boolean_is_refused() -> None:
    with pytest.raises(Unusable, match="expected true/false"):
        values.parse_boolean("maybe", ISO)


@pytest.mark.parametrize("text", ["00\u200b1", "a\x00b", "a\u00a0b", "a\tb", "1.82736E+10"])
def test_ids_with_something_hidden_or_lost_are_refused(text: str) -> None:
    with pytest.raises(Unusable):
        values.parse_id(text, ISO)


def test_ids_keep_leading_zeros_and_lose_a_spreadsheets_decimals() -> None:
    assert values.parse_id(" 08035 ", ISO) == "08035"
    assert values.parse_id("18273645501.0", ISO) == "18273645501"


def test_text_keeps_its_lines_and_loses_what_nobody_sees() -> None:
    assert values.parse_text(" two\r\nlines\u200b\u00a0end ", ISO) == "two\nlines end"


@given(st.text(alphabet=ID_CHARACTERS, min_size=15, max_size=15))
def test_eighteen_characters_hold_the_fifteen_and_check_their_case(id_15: str) -> None:
    id_18 = to_18(id_15)
    assert id_18 == id_15 + checksum(id_15)
    assert to_18(id_18) == id_18
    if id_15.swapcase() != id_15:
        with pytest.raises(Unusable, match="letter case"):
            to_18(id_15.swapcase() + id_18[15:])


def test_the_checksum_of_salesforces_own_sample() -> None:
    assert to_18("001x0000002xLCV") == "001x0000002xLCVAA2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("001Hs00004kXyZa", "001Hs00004kXyZaIAK"), ("18273645501", "18273645501"), ("A-2e4581", "A-2e4581")],
)
def test_account_keys_of_any_system(text: str, expected: str) -> None:
    assert values.parse_key(text, ISO) == expected


def test_ratings_and_years() -> None:
    assert values.parse_rating("4.0", ISO) == values.parse_rating("4", ISO) == "4"
    assert values.parse_rating("Good", ISO) == "Good"
    assert values.parse_year("1998.0", ISO) == values.parse_year("1998-05-01", ISO) == "1998"
    with pytest.raises(Unusable):
        values.parse_year("98", ISO)
