"""However a language, a spreadsheet or a BI tool formats a value, it is read as it was, or rejected, never as another.

Every column type of the lake is here with ways of writing its values, alone and as a column.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial

import pyarrow as pa
import pytest
from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent, format_scientific
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.known_vendors import known_vendors
from icp_pipeline.sources.table import cell_columns, reading
from icp_pipeline.sources.values.booleans import FALSE_WORDS, TRUE_WORDS
from icp_pipeline.sources.values.by_type import PARSERS, plain
from icp_pipeline.sources.values.salesforce_ids import to_18

LOCALES = (
    *("en_US", "en_GB", "en_IN", "en_ZA", "de_DE", "de_CH", "de_AT", "fr_FR", "fr_CA", "fr_CH", "es_ES", "es_MX"),
    *("it_IT", "it_CH", "pt_BR", "pt_PT", "nl_NL", "sv_SE", "nb_NO", "da_DK", "fi_FI", "pl_PL", "cs_CZ", "hu_HU"),
    *("ro_RO", "tr_TR", "el_GR", "ru_RU", "uk_UA", "bg_BG", "hr_HR", "sl_SI", "lt_LT", "lv_LV", "et_EE", "ar_EG"),
    *("fa_IR", "he_IL", "hi_IN", "bn_BD", "ja_JP", "zh_CN", "ko_KR", "th_TH", "vi_VN", "id_ID", "mr_IN", "my_MM"),
)
# Words and names have no other form; these columns are tested with the files that have them.
_WORDS = (
    "text code domain country_code currency interval strength touch_kind role person_id bigint page web_event"
    " respondent verdict tier says reason_code touch_moment"
)
WORDS = frozenset(_WORDS.split())
_FUZZ = settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))

# A text, and the value that it was written from, in normal form.
Cell = tuple[str, str]


def decimal_mark(locale: str) -> str:
    """The decimal mark, as a file's settings name it."""
    return "," if format_decimal(Decimal("0.5"), locale=locale, numbering_system="latn")[1] == "," else "."


def date_order(locale: str) -> str:
    """The order of the parts of a short date, as a file's settings name it."""
    pattern = Locale.parse(locale).date_formats["short"].pattern.lower()
    return "".join(sorted("dmy", key=pattern.index))


# A language that writes the year last declares its order; all others write four-digit years first.
ORDERS = {locale: date_order(locale) for locale in LOCALES}


@st.composite
def numbers(draw: st.DrawFn, locale: str, places: int = 2, most: int = 10**10) -> Cell:
    """A number, grouped or not, with some kind of sign."""
    value = Decimal(draw(st.integers(-most, most))).scaleb(-draw(st.integers(0, places)))
    system = draw(st.sampled_from(["latn", "default"]))
    text = draw(
        st.sampled_from(
            [
                plain(value).replace(".", decimal_mark(locale)),
                format_decimal(value, "#,##0.###", locale=locale, numbering_system=system),
                format_decimal(value, "#,##0.00#", locale=locale, numbering_system=system),
                format_decimal(value, locale=locale, group_separator=False, decimal_quantization=False),
                format_scientific(value, locale=locale, decimal_quantization=False),
                f"{value:,}" if decimal_mark(locale) == "." else f"{value:,}".translate(str.maketrans(",.", ".,")),
            ]
        )
    )
    return draw(signed(text)), plain(value)


def signed(text: str) -> st.SearchStrategy[str]:
    """A negative number with a minus, in brackets as accountants write it, or with a trailing minus as in SAP."""
    if not text.startswith("-"):
        return st.sampled_from([text, f" {text} ", f'="{text}"', f"'{text}"])
    return st.sampled_from([text, f"({text[1:]})", f"{text[1:]}-", f"\u2212{text[1:]}"])


@st.composite
def amounts(draw: st.DrawFn, locale: str, places: int = 2) -> Cell:
    """Amounts with a currency, as CLDR writes them."""
    text, value = draw(numbers(locale, places))
    code = draw(st.sampled_from(["USD", "EUR", "CHF", "JPY", "INR", "SEK"]))
    number = Decimal(value)
    formats = [format_currency(number, code, locale=locale, format_type=kind) for kind in ("standard", "accounting")]
    formats.append(format_currency(number, code, locale=locale, decimal_quantization=False))
    exact = [shown for shown in formats if number == round(number, 2) and code != "JPY"]
    return draw(st.sampled_from([text, f"{code} {text}", f"{text} {code}", *exact])), value


@st.composite
def ranges(draw: st.DrawFn, locale: str, places: int = 0) -> Cell:
    """A range of two grouped numbers, or the text next to a single one."""
    low, high = sorted(draw(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7))))
    first, second = (format_decimal(end, locale=locale) for end in (low, high))
    middle = plain(Decimal(low + high) / 2)
    pairs = [(f"{first}{dash}{second}", middle) for dash in ("-", " - ", "–", " to ")]
    return draw(st.sampled_from([*pairs, (f"{first}+", str(low)), (f"> {first}", str(low)), (first, str(low))]))


@st.composite
def terms(draw: st.DrawFn, locale: str, places: int = 2, *, months: int = 1) -> Cell:
    """The term of a contract: a bare number in units of so many months, or a span with its unit. 0 is not a term."""
    text, value = draw(numbers(locale, places, 60_000).filter(lambda cell: Decimal(cell[1]) != 0))
    count = draw(st.integers(1, 50))
    spans = [(f"{count} {unit}", count * size) for unit, size in (("months", 1), ("years", 12), ("quarters", 3))]
    spans += [(f"{count}-year term", count * 12), (f" {count} Month ", count)]
    said, long = draw(st.sampled_from([(text, Decimal(value) * months), *spans]))
    return said, plain(round(Decimal(long), 4))


@st.composite
def percents(draw: st.DrawFn, locale: str, places: int = 2) -> Cell:
    value = Decimal(draw(st.integers(0, 99_999))).scaleb(-2)
    texts = [format_percent(value / 100, "#,##0.##%", locale=locale), format_decimal(value, locale=locale)]
    return draw(st.sampled_from(texts)), plain(value)


@st.composite
def scores(draw: st.DrawFn, locale: str, places: int = 2) -> Cell:
    value = draw(st.integers(0, 10))
    written = [f"{value}", f"{value}.0", f"{value}/10", f"{value} - Extremely likely", f"Not likely - {value}"]
    return draw(st.sampled_from([*written, format_decimal(value, locale=locale), f"{value}.000"])), str(value)


@st.composite
def booleans(draw: st.DrawFn, locale: str, places: int = 2) -> Cell:
    value, words = draw(st.sampled_from([("true", TRUE_WORDS), ("false", FALSE_WORDS)]))
    word = draw(st.sampled_from(sorted(words)))
    return draw(st.sampled_from([word, word.upper(), word.title(), f'="{word.upper()}"', f" {word}\u00a0"])), value


@st.composite
def dates(draw: st.DrawFn, locale: str, places: int = 2) -> Cell:
    """A day as CLDR writes it, and as midnight in some time zone."""
    day = draw(st.dates(date(1950, 1, 1), date(2049, 12, 31)))
    shown = [format_date(day, kind, locale=locale) for kind in ("short", "medium", "long", "full")]
    zone = timezone(timedelta(minutes=15 * draw(st.integers(-48, 56))))
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    written = [midnight.isoformat(), midnight.strftime("%Y-%m-%dT%H:%M:%S.000%z"), f"{day}T00:00:00.000Z", f'="{day}"']
    written += [day.strftime(form) for form in ("%d-%b-%Y", "%b %d, %Y", "%Y-%b-%d", "%Y/%m/%d", "%Y%m%d")]
    return draw(st.sampled_from([*shown, *written, str(day)])), str(day)


@st.composite
def moments(draw: st.DrawFn, locale: str, places: int = 2) -> Cell:
    """A time to the minute, in UTC or with its offset."""
    moment = draw(st.datetimes(datetime(1951, 1, 1), datetime(2049, 12, 30))).replace(second=0, microsecond=0)
    zone = timezone(timedelta(minutes=15 * draw(st.integers(-48, 56))))
    shown = [format_datetime(moment, kind, locale=locale) for kind in ("short", "medium")]
    written = [moment.replace(tzinfo=UTC).astimezone(zone).isoformat(), f"{moment.isoformat()}Z", str(moment)]
    written += [moment.strftime("%d %b %Y %I:%M %p"), moment.strftime("%Y-%m-%d %H:%M")]
    return draw(st.sampled_from([*shown, *written])), moment.isoformat(sep=" ")


@st.composite
def event_days(draw: st.DrawFn, locale: str, places: int = 2) -> Cell:
    text, moment = draw(moments(locale))
    return text, moment[:10]


@st.composite
def ids(draw: st.DrawFn, locale: str, places: int = 2) -> Cell:
    """A number of a CRM as spreadsheets, BI tools and programs show it."""
    value = draw(st.integers(10**4, 10**15 - 1))
    digits = str(value)
    shown = [
        *(digits, f"{value:,}", f"{digits}.0", f"{digits}.00", f'="{digits}"', f"'{digits}", f'"{digits}"'),
        *(f"{value:.{places}E}" for places in (2, 5, 10, 14)),
        *(f"{digits[0]}.{digits[1:]}E{len(digits) - 1}", f"{value:,}".replace(",", "."), f"{value:,}.00"),
        *(f"{value:,}".replace(",", blank) for blank in (" ", "\u00a0", "\u202f", "'")),
        *(format_decimal(value, locale=locale), format_scientific(value, locale=locale)),
    ]
    # `1E4` may be an id in its own right, and stays one.
    certain = [text for text in shown if not re.fullmatch(r"\[?\d+[eE\u0415]\d+\]?", text)]
    return draw(st.sampled_from(certain)), digits


@st.composite
def salesforce_ids(draw: st.DrawFn, locale: str, places: int = 2) -> Cell:
    letters = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    whole = to_18("001" + "".join(draw(st.lists(letters, min_size=12, max_size=12))))
    shown = [
        whole,
        whole[:15],
        f'="{whole}"',
        f"'{whole[:15]}",
        f'"{whole}"',
        f" {whole}\t",
        whole.upper(),
        whole.lower(),
    ]
    return draw(st.sampled_from(shown)), whole


@st.composite
def id_lists(draw: st.DrawFn, locale: str, places: int = 2) -> Cell:
    several = draw(st.lists(st.integers(10**9, 10**14).map(str), min_size=1, max_size=4, unique=True))
    texts = [mark.join(several) for mark in (";", ", ", ",", "|", "\n", "; ")]
    quoted = ", ".join(f'"{item}"' for item in several)
    texts += [f"[{quoted}]", f"[{quoted}]".replace('"', "'"), f"[{', '.join(several)}]", f"{{{','.join(several)}}}"]
    texts += [";".join(f'="{item}"' for item in several), ", ".join(f"{item}.0" for item in several)]
    return draw(st.sampled_from(texts)), ";".join(several)


@st.composite
def years(draw: st.DrawFn, locale: str, places: int = 2) -> Cell:
    year = draw(st.integers(1900, 2030))
    written = [f"{year}", f"{year}.0", f'="{year}"', format_decimal(year, locale=locale), f"{max(year, 1950)}-05-01"]
    text = draw(st.sampled_from(written))
    return text, str(max(year, 1950)) if "-" in text else str(year)


WRITTEN = {
    "number": numbers,
    "count": numbers,
    "money": amounts,
    "range": ranges,
    "money_range": ranges,
    "percent": percents,
    "score": scores,
    "rating": scores,
    "boolean": booleans,
    "date": dates,
    "day": dates,
    "datetime": moments,
    "event_day": event_days,
    "id": ids,
    "key": ids,
    "sf_id": salesforce_ids,
    "id_list": id_lists,
    "year": years,
    "months": terms,
    "years": partial(terms, months=12),
    "term": terms,
}
_COLUMNS = ("number", "count", "money", "range", "money_range", "date", "datetime", "id")


def is_right(read: str | None, written: str, text: str, type_: str) -> bool:
    """Rejected, or the value that was written; a rating in words stays as it is."""
    return read is None or read == written or (type_ == "rating" and read == text.strip())


def rules_of(locale: str, is_declared: bool, type_: str) -> Rules:
    """Settings that say how a file's language writes, or none."""
    order = {"dmy": "dmy", "mdy": "mdy"}.get(ORDERS[locale], "ymd")
    return Rules(date_order=order, decimal=decimal_mark(locale)) if is_declared else Rules()


@pytest.mark.parametrize("type_", sorted(WRITTEN))
@given(data=st.data(), locale=st.sampled_from(LOCALES), is_declared=st.booleans())
@_FUZZ
def test_a_cell_is_read_as_it_was_written_or_refused(
    type_: str, data: st.DataObject, locale: str, is_declared: bool
) -> None:
    text, written = data.draw(WRITTEN[type_](locale, 3 if is_declared else 2))
    assume(is_declared or not is_default(text, locale))
    rules = rules_of(locale, is_declared, type_)
    values, problem = cell_columns.normalise(pa.array([text]), type_, rules, "x")
    assert is_right(values[0].as_py(), written, text, type_)
    assert values[0].is_valid or problem is not None


def is_default(text: str, locale: str) -> bool:
    """Whether the number means another one if `,` is read as exports use it, for thousands (`1,200`)."""
    return decimal_mark(locale) == "," and "," in text and len(text.split(",")[-1].strip("()-' \"")) == 3


@pytest.mark.parametrize("type_", _COLUMNS)
@given(data=st.data(), locale=st.sampled_from(LOCALES), is_declared=st.booleans())
@_FUZZ
def test_a_column_of_one_language_is_read_as_it_was_written_or_refused(
    type_: str, data: st.DataObject, locale: str, is_declared: bool
) -> None:
    column = data.draw(st.lists(WRITTEN[type_](locale, 3 if is_declared else 2), min_size=2, max_size=6))
    column = [(text, written) for text, written in column if is_declared or not is_default(text, locale)]
    values, _ = cell_columns.normalise(
        pa.array([text for text, _ in column], pa.string()), type_, rules_of(locale, is_declared, type_), "x"
    )
    for (text, written), read in zip(column, values.to_pylist(), strict=True):
        assert is_right(read, written, text, type_)


@given(
    locale=st.sampled_from(LOCALES), value=st.integers(1, 999), power=st.sampled_from([0, 3, 6]), short=st.booleans()
)
@_FUZZ
def test_a_number_with_a_unit_of_some_language_is_read_or_refused(
    locale: str, value: int, power: int, short: bool
) -> None:
    written = value * 10**power
    text = format_compact_decimal(written, locale=locale, format_type="short" if short else "long", fraction_digits=3)
    read, _ = cell_columns.normalise(pa.array([text]), "money", Rules(decimal=decimal_mark(locale)), "x")
    assert read[0].as_py() in (None, str(written))


def test_every_type_of_the_lake_has_its_ways_of_writing() -> None:
    types = {type_ for kind in KINDS.values() for type_ in (*kind.types.values(), *kind.lists.values())}
    types |= {
        type_
        for vendor in known_vendors().values()
        for layout in vendor.layouts
        for type_, _ in layout.scratch.values()
    }
    types |= set(reading._FIELD_TYPES.values()) | set(PARSERS)
    assert types - WORDS == set(WRITTEN)
    amounts_of = {kind.types[name] for kind in KINDS.values() for name in kind.currency_of}
    assert amounts_of <= {"money", "money_range"}
