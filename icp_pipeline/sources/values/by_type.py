"""One cell of text -> its normal form, per type. Pure functions; a cell that cannot be used raises Unusable.

Nothing is guessed: decimals follow the declared separator, or the one that the column needs. A reason never repeats the
value, because the value may be personal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from icp_pipeline.errors import nearest
from icp_pipeline.sources.declared.cell_rules import Rules, clean
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.billing_intervals import interval_parts, term_months
from icp_pipeline.sources.values.booleans import truth
from icp_pipeline.sources.values.countries import country_code
from icp_pipeline.sources.values.currency_marks import split_mark
from icp_pipeline.sources.values.domains import registrable_domain
from icp_pipeline.sources.values.moments import (
    moment_of,
    parse_date,
    parse_datetime,
    parse_event_day,
    parse_touch_moment,
)
from icp_pipeline.sources.values.numerals import in_ascii, read_number, settled
from icp_pipeline.sources.values.ranges import Range, amount_range, count_range, rising
from icp_pipeline.sources.values.record_ids import parse_id, parse_id_list
from icp_pipeline.sources.values.salesforce_ids import to_18
from icp_pipeline.sources.values.titles import role_of
from icp_pipeline.sources.values.web_events import event_of, page_of
from icp_pipeline.tiers import JUDGED

_BIGGEST = Decimal(10) ** 13
_PLACES = Decimal(1).scaleb(-9)
_SCORE = re.compile(r"(\d+(?:[.,]\d+)?)(?: ?/ ?10| out of 10)?(?: ?[-\u2013\u2014:=(.] ?[^\d]*)?", re.IGNORECASE)
_LABELLED_SCORE = re.compile(r"[^\d]*[^\d\s.,/] ?[-\u2013\u2014:=(] ?(\d+)\)?")
# Two people with one role are distinguished by a number; names have none.
_RESPONDENT = re.compile(r"([a-z]{1,12})[-_ ]?([0-9]{1,4})")
_REASON_CODE = re.compile(r"[^\W\d_]{1,24}(?:_[^\W\d_]{1,24}){0,3}")


def parse_text(text: str, rules: Rules) -> str | None:
    """Free text, spelling unchanged."""
    return clean(text) or None


def parse_code(text: str, rules: Rules) -> str | None:
    """A lower-case code such as `nps`."""
    return clean(text).casefold() or None


def parse_sf_id(text: str, rules: Rules) -> str | None:
    """A Salesforce id in its 18-character form."""
    text = parse_id(text, rules) or ""
    return to_18(text) if text else None


def parse_key(text: str, rules: Rules) -> str | None:
    """A CRM id of any system; one that looks like a Salesforce account's is converted to 18 characters."""
    text = parse_id(text, rules) or ""
    if text.startswith("001") and len(text) in (15, 18) and text.isalnum() and not text.isdigit():
        return to_18(text)
    return text or None


def parse_person_id(text: str, rules: Rules) -> str | None:
    """The id of a record about a person; an e-mail address would identify them."""
    if "@" in text:
        raise Unusable("an e-mail address where an id is expected: an id must not say who somebody is")
    return parse_id(text, rules)


def plain(value: Decimal) -> str:
    """Plain decimal text: no exponent, no trailing zeros, at most nine places."""
    if value.as_tuple().exponent < -9:  # type: ignore[operator]
        value = value.quantize(_PLACES)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def bounded(value: Decimal) -> str:
    """A number as plain decimal text; no company has ten trillion of anything."""
    if abs(value) >= _BIGGEST:
        raise Unusable("number out of range: expected less than 10 trillion")
    return plain(value)


def read_money(text: str, decimal: str) -> Decimal:
    """An amount without its currency mark, in one decimal convention."""
    return read_number(split_mark(in_ascii(text))[0], decimal)


def read_range(text: str, decimal: str) -> Range:
    """A number, or a range of them such as `251-1K`."""
    return _single(read_number, text, decimal) or count_range(text, decimal)


def read_count_range(text: str, decimal: str) -> Range:
    """A count, or a range of counts. Nobody employs 1.2 people: `1.200` must be thousands, and `1.2` is rejected."""
    found = read_range(text, decimal)
    if any(end is not None and end != end.to_integral_value() for end in (found.low, found.high)):
        raise Unusable("a fraction where a whole number is expected")
    return found


def read_money_range(text: str, decimal: str) -> Range:
    """An amount, or a range of amounts such as `$10M-$50M`."""
    return _single(read_money, text, decimal) or amount_range(split_mark(in_ascii(text))[0], decimal)


def _single(read: Callable[[str, str], Decimal], text: str, decimal: str) -> Range | None:
    # A minus after a number starts a range there.
    if text.rstrip().endswith("-"):
        return None
    try:
        value = read(text, decimal)
    except Unusable:
        return None
    return Range(value, value)


Reader = Callable[[str, str], Decimal | Range]


def reader(type_: str, rules: Rules) -> Reader | None:
    """How cells of a type are read in one decimal convention; None if they have none."""
    return _range_reader(rules) if type_ == "range" else _READERS.get(type_)


def _range_reader(rules: Rules) -> Callable[[str, str], Range]:
    return read_range if rules.fractions else read_count_range


_READERS: dict[str, Reader] = {
    "number": read_number,
    "count": read_number,
    "money": read_money,
    "money_range": read_money_range,
}


def parse_number(text: str, rules: Rules) -> str | None:
    """A number as plain decimal text."""
    return bounded(settled(read_number, text, rules))


def parse_money(text: str, rules: Rules) -> str | None:
    """An amount as plain decimal text; its currency is read by `currency_marks`."""
    return bounded(settled(read_money, text, rules))


def _ungrouped(text: str, rules: Rules) -> str:
    return bounded(settled(lambda text, decimal: read_number(text, decimal, groups=False), text, rules))


def parse_score(text: str, rules: Rules) -> str | None:
    """The number of a survey answer, with or without its label: `10 - Extremely likely`, `9/10`."""
    text = in_ascii(text)
    found = _SCORE.fullmatch(text) or _LABELLED_SCORE.fullmatch(text)
    if found:
        return _ungrouped(found[1], rules)
    if any(char.isdigit() for char in text) and "/" in text:
        raise Unusable("a score outside 0 to 10: export the number alone")
    try:
        return _ungrouped(text, rules)
    except Unusable:
        raise Unusable("not a score: expected a number, alone or before its label") from None


def parse_rating(text: str, rules: Rules) -> str | None:
    """A rating: a word as written, a number in plain form (`4` and `4.0` are one rating)."""
    try:
        return _ungrouped(text, rules)
    except Unusable:
        return parse_text(text, rules)


def parse_count(text: str, rules: Rules) -> str | None:
    """A whole number, 0 or more."""
    number = parse_number(text, rules)
    if number is not None and (Decimal(number) < 0 or Decimal(number) % 1):
        raise Unusable("not a count: expected a whole number, 0 or more")
    return number


def parse_percent(text: str, rules: Rules) -> str | None:
    """A percentage on the 0-100 scale, with or without its sign."""
    text = in_ascii(text)
    return _ungrouped((text.removesuffix("%") if text.endswith("%") else text.removeprefix("%")).strip(), rules)


def parse_range(text: str, rules: Rules) -> str | None:
    """A count, or the middle of a range of counts such as `251-1K`."""
    return bounded(rising(settled(_range_reader(rules), text, rules)).middle)


def parse_money_range(text: str, rules: Rules) -> str | None:
    """An amount, or the middle of a range of amounts such as `$10M-$50M`."""
    return bounded(rising(settled(read_money_range, text, rules)).middle)


def parse_boolean(text: str, rules: Rules) -> str | None:
    """`true` or `false`."""
    return truth(text)


def parse_year(text: str, rules: Rules) -> str | None:
    """A founding year; for a date, its year."""
    text = re.sub(r"[.,]0{1,2}$", "", in_ascii(text))
    if re.fullmatch(r"[0-9]{4}", text) is None:
        try:
            text = moment_of(text, rules)[0].strftime("%Y")
        except Unusable:
            raise Unusable("not a year: expected four digits") from None
    if not 1500 <= int(text) <= 2100:
        raise Unusable("not a year: outside 1500-2100")
    return text


def parse_domain(text: str, rules: Rules) -> str | None:
    """The registrable domain of a domain, URL or e-mail address; None for free mail, social hosts and bare IPs."""
    return registrable_domain(text)


def parse_role(text: str, rules: Rules) -> str | None:
    """The role in a job title, such as `sales`; None if it names no known one."""
    return role_of(text)


def parse_country_code(text: str, rules: Rules) -> str | None:
    """ISO-2 of a country's name or code; None if unknown."""
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
    """A billing interval: day, week, month or year, with a number if it is not one."""
    return interval_parts(text)


def parse_months(text: str, rules: Rules) -> str | None:
    """Months of a contract: a number of them, or a span such as `3 years`. None means no term."""
    return term_months(text, lambda number: settled(read_number, number, rules))


def parse_years(text: str, rules: Rules) -> str | None:
    """Months of a contract if the column is in years."""
    return term_months(text, lambda number: 12 * settled(read_number, number, rules))


def parse_term(text: str, rules: Rules) -> str | None:
    """Months of a contract if the column does not say its unit: below 12 it could be years."""
    months = parse_months(text, rules)
    if months is not None and Decimal(months) < 12 and not any(char.isalpha() for char in text):
        raise Unusable("a term without its unit: map the column as term_months, or export it with its unit")
    return months


def parse_strength(text: str, rules: Rules) -> str | None:
    """A trigger's strength."""
    return _one_of(text, {word: word for word in ("strong", "medium", "weak")}, "strong, medium or weak")


def parse_touch_kind(text: str, rules: Rules) -> str | None:
    """The type of an engagement."""
    kinds = ("touch", "visit", "reply", "meeting", "trial")
    return _one_of(text, {word: word for word in kinds}, ", ".join(kinds))


def parse_web_event(text: str, rules: Rules) -> str | None:
    """The name of a website event, such as `demo_request`; `visit` for anything that is just browsing."""
    return event_of(text)


def parse_page(text: str, rules: Rules) -> str | None:
    """The path of a web page; the rest of the URL may identify the visitor."""
    return page_of(text)


def parse_respondent(text: str, rules: Rules) -> str | None:
    """A respondent as a code of letters and a number: `AE3` and `ae-3` are one respondent."""
    found = _RESPONDENT.fullmatch(in_ascii(clean(text)).casefold())
    if not found:
        raise Unusable("not a respondent's code: expected one such as ae-3 (letters, then a number), never a name")
    return f"{found[1]}-{int(found[2])}"


def parse_verdict(text: str, rules: Rules) -> str | None:
    """An opinion on an account's tier."""
    return _near_one_of(text, ("agrees", "too_high", "too_low"))


def parse_says(text: str, rules: Rules) -> str | None:
    """The direction of a claim."""
    return _near_one_of(text, ("better", "worse"))


def parse_tier(text: str, rules: Rules) -> str | None:
    """A tier by its name or as people write it: `tier_1`, `Tier 1`, `Not ICP`."""
    return _near_one_of(text, JUDGED)


def parse_reason_code(text: str, rules: Rules) -> str | None:
    """A reason in a word or two, as lower-case words joined by `_`."""
    code = "_".join(re.split(r"[\s_-]+", clean(text).casefold()))
    if not _REASON_CODE.fullmatch(code):
        raise Unusable("not a reason code: expected one to four words such as wrong_industry; sentences go elsewhere")
    return code


def _near_one_of(text: str, words: tuple[str, ...]) -> str:
    """One of these words, however its parts are joined; the reason names the nearest one, never the value."""
    word = "_".join(re.split(r"[\s_-]+", clean(text).casefold()))
    if word not in words:
        raise Unusable(f"not a known word: expected {', '.join(words)}.{nearest(word, words)}")
    return word


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
    "id_list": parse_id_list,
    "key": parse_key,
    "number": parse_number,
    "count": parse_count,
    "money": parse_money,
    "percent": parse_percent,
    "rating": parse_rating,
    "score": parse_score,
    "range": parse_range,
    "money_range": parse_money_range,
    "boolean": parse_boolean,
    "date": parse_date,
    "day": parse_date,
    "datetime": parse_datetime,
    "event_day": parse_event_day,
    "touch_moment": parse_touch_moment,
    "year": parse_year,
    "domain": parse_domain,
    "person_id": parse_person_id,
    "role": parse_role,
    "country_code": parse_country_code,
    "currency": parse_currency,
    "interval": parse_interval,
    "months": parse_months,
    "years": parse_years,
    "term": parse_term,
    "strength": parse_strength,
    "touch_kind": parse_touch_kind,
    "web_event": parse_web_event,
    "page": parse_page,
    "respondent": parse_respondent,
    "verdict": parse_verdict,
    "says": parse_says,
    "tier": parse_tier,
    "reason_code": parse_reason_code,
}
