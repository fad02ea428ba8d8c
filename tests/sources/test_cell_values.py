"""Numbers, dates, booleans and ids: what is read, what is rejected, and that nothing is guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values import by_type
from icp_pipeline.sources.values.booleans import FALSE_WORDS, TRUE_WORDS
from icp_pipeline.sources.values.by_type import PARSERS
from icp_pipeline.sources.values.salesforce_ids import checksum, to_18

ISO = Rules()
POINT = Rules(decimal=".")
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
        ("84.000", POINT, "84"),
        ("1,200", ISO, "1200"),
        ("1.234,50", ISO, "1234.5"),
        ("12,5", ISO, "12.5"),
        ("0.250", ISO, "0.25"),
        ("0,250", ISO, "0.25"),
        ("1234.567", ISO, "1234.567"),
        ("1.234.567", ISO, "1234567"),
        ("12,34,567.89", ISO, "1234567.89"),
        ("1'234.50", ISO, "1234.5"),
        ("1 234,50", ISO, "1234.5"),
        ("1.234,50-", COMMA, "-1234.5"),
        ("(1,234.50)", ISO, "-1234.5"),
        ("−5", ISO, "-5"),
        ("9.9213206E7", ISO, "99213206"),
        ("4,2E+03", COMMA, "4200"),
        ("1.234E3", ISO, "1234"),
        ("１，２００", ISO, "1200"),
        ("١٬٢٣٤٫٥", ISO, "1234.5"),
        ("2,5 Mio.", COMMA, "2500000"),
    ],
)
def test_numbers_become_plain_decimal_text(text: str, rules: Rules, expected: str) -> None:
    assert by_type.parse_number(text, rules) == expected


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        *((text, ISO) for text in ("inf", "1e400", "12 apples", "--5", "0x10", "1_000", "1,2,345", "1.2.3", "5 mil")),
        *((text, ISO) for text in ("12 B", "12 mM", "1,5 Billion", "12²", "½", "45%", "0,123,456", "1 23")),
        *((text, POINT) for text in ("1.234,50", "12,5", "0,123", "1.234.567")),
        *((text, COMMA) for text in ("1,234.50", "12.5", "0.123", "9.9213206E7")),
    ],
)
def test_what_is_no_number_is_refused(text: str, rules: Rules) -> None:
    with pytest.raises(Unusable):
        by_type.parse_number(text, rules)


@pytest.mark.parametrize("type_", ["number", "money", "range", "money_range"])
def test_a_dot_before_three_digits_is_not_guessed(type_: str) -> None:
    for text in ("84.000", "250.000", "-3.000"):
        with pytest.raises(Unusable, match="thousands or decimals"):
            PARSERS[type_](text, ISO)


@pytest.mark.parametrize(
    ("text", "expected"), [("USD 30,000.00", "30000"), ("$5", "5"), ("(500)", "-500"), ("€ 12", "12"), ("US$7", "7")]
)
def test_amounts_lose_their_currency_mark(text: str, expected: str) -> None:
    assert by_type.parse_money(text, ISO) == expected


def test_percent_is_on_the_hundred_scale() -> None:
    assert by_type.parse_percent("90.0", ISO) == "90"
    assert by_type.parse_percent("90 %", ISO) == "90"
    assert by_type.parse_percent("12,5\u00a0%", ISO) == by_type.parse_percent("%12,5", COMMA) == "12.5"
    assert by_type.parse_percent("9.000", ISO) == "9"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("10 - Extremely likely", "10"), ("0 - Not at all likely", "0"), ("9/10", "9"), ("9 out of 10", "9")),
        *(("10 (best)", "10"), ("Very likely - 10", "10"), ("7.0", "7"), ("8,5", "8.5"), ("9.000", "9")),
    ],
)
def test_a_score_is_the_number_of_its_answer(text: str, expected: str) -> None:
    assert by_type.parse_score(text, ISO) == expected


@pytest.mark.parametrize("text", ["★★★★", "4/5", "7-8", "likely", "9 - 10", "10 - top 5", "Open-Ended Response"])
def test_what_is_no_score_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        by_type.parse_score(text, ISO)


@given(st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=4))
def test_any_number_survives_grouping_and_plain_form(number: Decimal) -> None:
    parsed = by_type.parse_number(f"{number:,f}", POINT)
    assert parsed is not None and Decimal(parsed) == number
    assert parsed == by_type.parse_number(parsed, POINT)
    assert "e" not in parsed.lower()


@given(st.text(max_size=30), st.sampled_from(sorted(PARSERS)))
@settings(deadline=None)  # names of months are loaded once
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
        ("02/03/26, 4:05\u202fp.m.", Rules("mdy"), "2026-02-03 16:05:00"),
        ("28 Nov 2025 16:05", ISO, "2025-11-28 16:05:00"),
        ("Fri, 28 Nov 2025 16:05:00 +0100", ISO, "2025-11-28 15:05:00"),
        ("2026-07-01", Rules(timezone="Europe/Berlin"), "2026-07-01 00:00:00"),
    ],
)
def test_moments_become_utc(text: str, rules: Rules, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(Unusable):
            by_type.parse_datetime(text, rules)
    else:
        assert by_type.parse_datetime(text, rules) == expected


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
        ("11/28/25", ISO, "date order not declared"),
        ("12-Nov-25", ISO, "date order not declared"),
        ("Nov 2025", ISO, "not a date"),
        ("1768000000", ISO, "a bare number"),
        ("2026-01-02T25:00:00Z", ISO, "no such date or time"),
    ],
)
def test_dates_are_never_guessed(text: str, rules: Rules, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        by_type.parse_date(text, rules)


@pytest.mark.parametrize(
    "text",
    [
        *("28-Nov-2025", "Nov 28, 2025", "28. November 2025", "28 nov. 2025", "2025-Nov-28", "28 de noviembre de 2025"),
        *(
            "Friday, November 28th, 2025",
            "28 ноября 2025 г.",
            "28-NOV-2025",
            "2025年11月28日",
            "20251128",
            "2025. 11. 28.",
        ),
        *("28 Novembre 2025", "28. marraskuuta 2025", "28 listopada 2025"),
    ],
)
def test_a_month_that_is_named_needs_no_order(text: str) -> None:
    if "listopada" in text:
        with pytest.raises(Unusable):
            by_type.parse_date(text, ISO)
    else:
        assert by_type.parse_date(text, ISO) == "2025-11-28"


@pytest.mark.parametrize(
    ("text", "rules", "expected"),
    [
        ("11/28/25", Rules("mdy"), "2025-11-28"),
        ("28.11.25", Rules("dmy"), "2025-11-28"),
        ("1/2/49", Rules("mdy"), "2049-01-02"),
        ("1/2/50", Rules("mdy"), "1950-01-02"),
        ("12-Nov-25", Rules("dmy"), "2025-11-12"),
        ("12-Nov-99", ISO, "1999-11-12"),
    ],
)
def test_a_year_of_two_digits_is_one_of_1950_to_2049(text: str, rules: Rules, expected: str) -> None:
    assert by_type.parse_date(text, rules) == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2025-07-01T00:00:00+02:00", "UTC", "2025-07-01"),
        ("2026-01-01T00:00:00-05:00", "UTC", "2026-01-01"),
        ("2026-01-01 00:00:00 +0100", "Europe/Berlin", "2026-01-01"),
        ("2025-07-01T00:00:00.000+0000", "America/New_York", "2025-07-01"),
        ("2025-07-01T00:00:00Z", "America/New_York", "2025-07-01"),
        ("2025-06-30T22:00:00Z", "Europe/Berlin", "2025-07-01"),
        ("2025-06-30T22:00:00Z", "UTC", "2025-06-30"),
        ("2025-07-01T03:30:00Z", "America/New_York", "2025-06-30"),
        ("2025-07-01T23:30:00-05:00", "UTC", "2025-07-01"),
        ("2025-07-01T00:30:00+02:00", "UTC", "2025-07-01"),
        ("2025-07-01 00:00", "Europe/Berlin", "2025-07-01"),
    ],
)
def test_a_date_with_an_offset_keeps_its_day(text: str, zone: str, expected: str) -> None:
    assert by_type.parse_date(text, Rules(timezone=zone)) == expected


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 12, 31)))
def test_every_declared_order_reads_its_own_dates(day: date) -> None:
    expected = day.isoformat()
    assert by_type.parse_date(expected, ISO) == expected
    assert by_type.parse_date(day.strftime("%d/%m/%Y"), Rules("dmy")) == expected
    assert by_type.parse_date(day.strftime("%m.%d.%Y"), Rules("mdy")) == expected
    if day.day > 12:
        with pytest.raises(Unusable):
            by_type.parse_date(day.strftime("%m/%d/%Y"), Rules("dmy"))


@given(
    st.datetimes(min_value=datetime(1960, 1, 1), max_value=datetime(2099, 1, 1)),
    st.integers(min_value=-14 * 60 + 1, max_value=14 * 60 - 1),
)
def test_an_offset_moves_the_moment_to_utc(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert by_type.parse_datetime(zoned.isoformat(), ISO) == zoned.astimezone(UTC).replace(tzinfo=None).isoformat(
        sep=" "
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "true Yes 1 1.0 T WAHR VRAI VERDADERO VERO VERDADEIRO WAAR SANT SAND SANN TOSI PRAWDA IGAZ PRAVDA DOĞRU",
            "true",
        ),
        ("Ja Oui Sí SI Sì Sim Да はい Tak Áno Evet Checked ✓ ИСТИНА on", "true"),
        ("FALSE No 0 FALSCH FAUX FALSO ONWAAR FALSKT FALSK USANN EPÄTOSI FAŁSZ HAMIS NEPRAVDA YANLIŞ ЛОЖЬ", "false"),
        ("Nein Non Não NAO Нет いいえ Nie Hayır HAYIR unchecked off", "false"),
    ],
)
def test_booleans_of_every_vendor_and_language(words: str, expected: str) -> None:
    for word in words.split():
        assert by_type.parse_boolean(word, ISO) == expected


def test_no_word_means_both_yes_and_no() -> None:
    assert not TRUE_WORDS & FALSE_WORDS


@pytest.mark.parametrize("text", ["maybe", "x", "jo", "2", "-1", "o"])
def test_a_word_that_is_no_boolean_in_every_language_is_refused(text: str) -> None:
    with pytest.raises(Unusable, match="expected true/false"):
        by_type.parse_boolean(text, ISO)


@pytest.mark.parametrize("text", ["00\u200b1", "a\x00b", "a\u00a0b", "a\tb", "#REF!"])
def test_ids_with_something_hidden_or_lost_are_refused(text: str) -> None:
    with pytest.raises(Unusable):
        by_type.parse_id(text, ISO)


@pytest.mark.parametrize("text", ["1.82736E+10", "9.001E+10", "9E+10", "9.001E10", "9.00E+10"])
def test_an_id_whose_digits_are_missing_is_refused(text: str) -> None:
    with pytest.raises(Unusable, match="digits missing"):
        by_type.parse_id(text, ISO)


@pytest.mark.parametrize("text", ["1.23456789012345680E17", "123,456,789,012,345,680", "123456789012345680.0"])
def test_an_id_beyond_what_a_number_keeps_is_refused(text: str) -> None:
    with pytest.raises(Unusable, match="more than 15 digits"):
        by_type.parse_id(text, ISO)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "90010000003",
            "9.0010000003E10",
            "9.0010000003e+10",
            "9,0010000003E+10",
            "90,010,000,003",
            "90.010.000.003",
            "90010000'003",
        ),
        *("90 010 000 003", "90\u00a0010\u00a0000\u00a0003", "90\u202f010\u202f000\u202f003", "90'010'000'003"),
        *("90010000003.0", "90010000003.00", "90010000003,00", "90,010,000,003.00", '="90010000003"', "'90010000003"),
        *(
            '"90010000003"',
            "\t90010000003",
            "'90010000003'",
            "[90010000003]",
            '["90010000003"]',
            "９００１００００００３",
        ),
    ],
)
@pytest.mark.parametrize("type_", ["id", "key"])
def test_an_id_shown_as_a_number_is_read_where_all_its_digits_are_there(type_: str, text: str) -> None:
    assert PARSERS[type_](text, ISO) == "90010000003"


@pytest.mark.parametrize(
    "text", ["1E5", "12E4", "08035", "A-1,200", "1.2.3", "12,34", "10.0.0.1", "1e5c", "007", "12 Elm", "5'9", "=1+1"]
)
def test_an_id_of_its_own_stays_as_it_is(text: str) -> None:
    assert by_type.parse_id(text, ISO) == text


def test_a_list_of_ids_is_no_id() -> None:
    with pytest.raises(Unusable, match="a list where one id is expected"):
        by_type.parse_id("[90010000003, 90010000004]", ISO)


@pytest.mark.parametrize("text", ["1.100", "90.000"])
def test_an_id_with_one_dot_before_three_digits_is_not_guessed(text: str) -> None:
    with pytest.raises(Unusable, match="decimals or thousands"):
        by_type.parse_id(text, ISO)


@pytest.mark.parametrize("text", ['="001Hs00004kXyZaIAK"', "'001Hs00004kXyZa", ' "001Hs00004kXyZa" '])
def test_a_guard_around_a_salesforce_id_is_taken_off(text: str) -> None:
    assert by_type.parse_sf_id(text, ISO) == "001Hs00004kXyZaIAK"


def test_ids_keep_leading_zeros_and_lose_a_spreadsheets_decimals() -> None:
    assert by_type.parse_id(" 08035 ", ISO) == "08035"
    assert by_type.parse_id("18273645501.0", ISO) == "18273645501"


def test_text_keeps_its_lines_and_loses_what_nobody_sees() -> None:
    assert by_type.parse_text(" two\r\nlines\u200b\u00a0end ", ISO) == "two\nlines end"


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
    assert by_type.parse_key(text, ISO) == expected


def test_ratings_and_years() -> None:
    assert by_type.parse_rating("4.0", ISO) == by_type.parse_rating("4", ISO) == "4"
    assert by_type.parse_rating("Good", ISO) == "Good"
    assert by_type.parse_year("1998.0", ISO) == by_type.parse_year("1998-05-01", ISO) == "1998"
    with pytest.raises(Unusable):
        by_type.parse_year("98", ISO)
