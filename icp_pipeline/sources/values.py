"""One cell of text -> its normal form, per type. Pure functions; a cell that cannot be used raises Unusable.

Nothing is guessed: decimals follow the declared separator. A reason never repeats the value,
because the value may be personal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from icp_pipeline.sources.countries import country_code
from icp_pipeline.sources.currency_marks import split_mark
from icp_pipeline.sources.domains import registrable_domain
from icp_pipeline.sources.moments import moment_of, parse_date, parse_datetime, parse_event_day
from icp_pipeline.sources.ranges import money_range_middle, range_middle
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.rules import HIDDEN, Rules, clean
from icp_pipeline.sources.salesforce_ids import to_18

_ANY_CONTROL = re.compile("[\x00-\x1f\u00a0]")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_WHOLE_FLOAT = re.compile(r"(\d+)\.0")
_SIMPLE = re.compile(r"(0|[1-9]\d{0,11})(\.0{1,6})?")
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_MULTIPLIERS = {"k": 1000, "m": 10**6, "b": 10**9}
_BIGGEST = Decimal(10) ** 13
_PLACES = Decimal(1).scaleb(-9)
_TRUE = frozenset({"true", "yes", "1", "t", "y"})
_FALSE = frozenset({"false", "no", "0", "f", "n"})
_INTERVALS = {
    **dict.fromkeys(("day", "daily", "days"), "day"),
    **dict.fromkeys(("week", "weekly", "weeks"), "week"),
    **dict.fromkeys(("month", "monthly", "months"), "month"),
    **dict.fromkeys(("year", "yearly", "annual", "annually", "years"), "year"),
}


def parse_text(text: str, rules: Rules) -> str | None:
    """Free text, spelling kept."""
    return clean(text) or None


def parse_code(text: str, rules: Rules) -> str | None:
    """A lower-case code such as `nps`."""
    return clean(text).casefold() or None


def parse_id(text: str, rules: Rules) -> str | None:
    """An identifier; anything invisible inside makes it unusable, because no join would ever find it."""
    text = text.strip(" \t\r\n\u00a0\ufeff")
    if not text:
        return None
    if HIDDEN.search(text) or _ANY_CONTROL.search(text):
        raise Unusable("hidden or control character inside an id")
    if _SCIENTIFIC.fullmatch(text) and "+" in text:
        raise Unusable("id in scientific notation: a spreadsheet has dropped its digits, export it again as text")
    whole = _WHOLE_FLOAT.fullmatch(text)
    return whole[1] if whole else text


def parse_sf_id(text: str, rules: Rules) -> str | None:
    """A Salesforce id in its 18-character form."""
    text = parse_id(text, rules) or ""
    return to_18(text) if text else None


def parse_key(text: str, rules: Rules) -> str | None:
    """A CRM id of any system; one that looks like a Salesforce account is brought to 18 characters."""
    text = parse_id(text, rules) or ""
    if text.startswith("001") and len(text) in (15, 18) and text.isalnum() and not text.isdigit():
        return to_18(text)
    return text or None


def _number(text: str, rules: Rules, marks: bool) -> Decimal:
    text = clean(text).replace("\u2212", "-")
    if marks:
        text = split_mark(text)[0]
        if text.startswith("(") and text.endswith(")"):
            text = "-" + text[1:-1]
    text = re.sub(r"(?<=\d)[ '\u202f](?=\d{3}(\D|$))", "", text)
    if rules.decimal == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    factor = _MULTIPLIERS.get(text[-1:].casefold(), 1)
    if factor > 1:
        text = text[:-1].rstrip()
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if not _PLAIN.fullmatch(text):
        raise Unusable(f"not a number with decimal '{rules.decimal}'")
    try:
        value = Decimal(text) * factor
    except InvalidOperation:  # pragma: no cover - the pattern above allows only what Decimal reads
        raise Unusable("not a number") from None
    if abs(value) >= _BIGGEST:
        raise Unusable("number out of range: expected less than 10 trillion")
    return value


def plain(value: Decimal) -> str:
    """Plain decimal text: no exponent, no trailing zeros, at most nine places."""
    if value.as_tuple().exponent < -9:  # type: ignore[operator]
        value = value.quantize(_PLACES)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def parse_number(text: str, rules: Rules) -> str | None:
    """A number as plain decimal text."""
    simple = _SIMPLE.fullmatch(text) if rules.decimal == "." else None
    return simple[1] if simple else plain(_number(text, rules, marks=False))


def parse_money(text: str, rules: Rules) -> str | None:
    """An amount as plain decimal text; its currency is read by `currency_marks`."""
    simple = _SIMPLE.fullmatch(text) if rules.decimal == "." else None
    return simple[1] if simple else plain(_number(text, rules, marks=True))


def parse_rating(text: str, rules: Rules) -> str | None:
    """A rating: a word as it stands, a number in plain form (`4` and `4.0` are one rating)."""
    try:
        return parse_number(text, rules)
    except Unusable:
        return parse_text(text, rules)


def parse_percent(text: str, rules: Rules) -> str | None:
    """A percentage on the 0-100 scale, with or without its sign."""
    return parse_number(text.rstrip().removesuffix("%"), rules)


def parse_range(text: str, rules: Rules) -> str | None:
    """A count, or the middle of a range of counts such as `251-1K`."""
    try:
        return parse_number(text, rules)
    except Unusable:
        return plain(range_middle(clean(text)))


def parse_money_range(text: str, rules: Rules) -> str | None:
    """An amount, or the middle of a range of amounts such as `$10M-$50M`."""
    try:
        return parse_money(text, rules)
    except Unusable:
        return plain(money_range_middle(split_mark(clean(text))[0]))


def parse_boolean(text: str, rules: Rules) -> str | None:
    """`true` or `false`."""
    word = clean(text).casefold()
    if word in _TRUE or word in ("1.0",):
        return "true"
    if word in _FALSE or word in ("0.0",):
        return "false"
    raise Unusable("not a yes/no value: expected true/false, yes/no or 1/0")


def parse_year(text: str, rules: Rules) -> str | None:
    """A founding year; the year of a date is taken."""
    text = clean(text).removesuffix(".0")
    if re.fullmatch(r"\d{4}", text) is None:
        try:
            text = moment_of(text, rules)[0].strftime("%Y")
        except Unusable:
            raise Unusable("not a year: expected four digits") from None
    if not 1500 <= int(text) <= 2100:
        raise Unusable("not a year: outside 1500-2100")
    return text


def parse_domain(text: str, rules: Rules) -> str | None:
    """The registrable domain of a domain, URL or e-mail address; None for free-mail, social hosts and bare IPs."""
    return registrable_domain(text)


def parse_country_code(text: str, rules: Rules) -> str | None:
    """ISO-2 of a country's name or code; None when it is not known."""
    return country_code(clean(text))


def parse_currency(text: str, rules: Rules) -> str | None:
    """A three-letter currency code, upper case; a sign alone is read as in an amount."""
    code = clean(text).upper()
    if re.fullmatch(r"[A-Z]{3}", code):
        return code
    rest, mark = split_mark(code)
    if rest or not mark:
        raise Unusable("not a currency code: expected three letters such as USD")
    return mark


def parse_interval(text: str, rules: Rules) -> str | None:
    """A billing interval: day, week, month or year."""
    return _one_of(text, _INTERVALS, "day, week, month or year")


def parse_strength(text: str, rules: Rules) -> str | None:
    """A trigger's strength."""
    return _one_of(text, {word: word for word in ("strong", "medium", "weak")}, "strong, medium or weak")


def parse_touch_kind(text: str, rules: Rules) -> str | None:
    """The kind of an engagement."""
    kinds = ("touch", "visit", "reply", "meeting", "trial")
    return _one_of(text, {word: word for word in kinds}, ", ".join(kinds))


def _one_of(text: str, words: dict[str, str], expected: str) -> str:
    word = clean(text).casefold()
    if word not in words:
        raise Unusable(f"not a known word: expected {expected}")
    return words[word]


Parser = Callable[[str, Rules], str | None]

PARSERS: dict[str, Parser] = {
    "text": parse_text,
    "code": parse_code,
    "id": parse_id,
    "sf_id": parse_sf_id,
    "key": parse_key,
    "number": parse_number,
    "money": parse_money,
    "percent": parse_percent,
    "rating": parse_rating,
    "range": parse_range,
    "money_range": parse_money_range,
    "boolean": parse_boolean,
    "date": parse_date,
    "datetime": parse_datetime,
    "event_day": parse_event_day,
    "year": parse_year,
    "domain": parse_domain,
    "country_code": parse_country_code,
    "currency": parse_currency,
    "interval": parse_interval,
    "strength": parse_strength,
    "touch_kind": parse_touch_kind,
}
