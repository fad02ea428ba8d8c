"""Ranges of counts and amounts as vendors write them: `1-10`, `251-1K`, `$10M-$50M`, `100K+`, `$1 - 10M`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.month_names import SHORT_MONTHS
from icp_pipeline.sources.values.numerals import in_ascii, read_amount, settled

_BETWEEN = re.compile(r" ?(?:-|–|—|\.\.+|\b(?:to|bis)\b) ?", re.IGNORECASE)
_FROM_TO = re.compile(r"between (?P<low>.+) and (?P<high>.+)", re.IGNORECASE)
_ABOVE = re.compile(
    r"(?:>=?|≥|over|above|more than|at least) ?(?P<after>.+)|"
    r"(?P<before>.+?) ?(?:\+|and (?:above|over|more|up)|or more)",
    re.IGNORECASE,
)
_BELOW = re.compile(r"(?:<=?|≤|under|below|less than|up to) ?(?P<after>.+)", re.IGNORECASE)
_SIGNS = re.compile(r"(?<![^\W\d_])[$€£] ?")
_DAY_MONTH = re.compile(r"(\d{1,4})-([A-Za-z]{3})")
_MONTH_DAY = re.compile(r"([A-Za-z]{3})-(\d{1,4})")
_TAIL = re.compile(r"\s*(employees|people|staff|usd)\s*$", re.IGNORECASE)
_LAST_UNIT = re.compile(r"[\d.,]( ?[^\W\d_]+\.?)$")
_NO_RANGE = "not a number or a range such as 51-250, 1K-5K or 100K+"


@dataclass(frozen=True)
class Range:
    """Lowest and highest value; `high` is None for an open end."""

    low: Decimal
    high: Decimal | None

    @property
    def middle(self) -> Decimal:
        """The middle; the low end if there is no high one."""
        return self.low if self.high is None else (self.low + self.high) / 2


def parse_range_text(text: str, rules: Rules, *, repair_months: bool = True) -> Range:
    """Read a range; `10-Jan` and `Nov-50` are what a spreadsheet makes of 1-10 and 11-50, and are reversed."""
    found = settled(count_range if repair_months else amount_range, text, rules)
    return rising(found)


def rising(found: Range) -> Range:
    """The range, whose low end must be below its high end."""
    if found.high is not None and found.low > found.high:
        raise Unusable("range whose low end is above its high end")
    return found


def count_range(text: str, decimal: str) -> Range:
    """A range of counts in one decimal convention, in any order."""
    mended = _undo_spreadsheet(_TAIL.sub("", in_ascii(text)))
    return mended or amount_range(text, decimal)


def amount_range(text: str, decimal: str) -> Range:
    """A range of amounts in one decimal convention, in any order."""
    text = _TAIL.sub("", _SIGNS.sub("", re.sub(r"\s+", " ", in_ascii(text))))
    named = _FROM_TO.fullmatch(text)
    ends = [named["low"], named["high"]] if named else _BETWEEN.split(text)
    if len(ends) == 2:
        return _pair(ends[0], ends[1], decimal)
    below = _BELOW.fullmatch(text)
    if below:
        return Range(Decimal(0), _amount(below["after"], decimal))
    above = _ABOVE.fullmatch(text)
    if above:
        return Range(_amount(above["after"] or above["before"], decimal), None)
    value = _amount(text, decimal)
    return Range(value, value)


def _pair(low_text: str, high_text: str, decimal: str) -> Range:
    low, high = _amount(low_text, decimal), _amount(high_text, decimal)
    # `$1 - 10M` means one to ten million: a unit written once, on the right, applies to both ends if the range still
    # rises then. In `251-1K` it does not, so that is read as written.
    unit = _LAST_UNIT.search(high_text)
    if unit and not _LAST_UNIT.search(low_text):
        with_unit = _amount(low_text + unit[1], decimal)
        low = with_unit if with_unit < high else low
    return Range(low, high)


def _amount(text: str, decimal: str) -> Decimal:
    try:
        return read_amount(text.strip(), decimal)
    except Unusable as unusable:
        raise unusable if "unit" in str(unusable) and text[:1].isdigit() else Unusable(_NO_RANGE) from None


def _undo_spreadsheet(text: str) -> Range | None:
    day_month, month_day = _DAY_MONTH.fullmatch(text), _MONTH_DAY.fullmatch(text)
    if day_month and day_month[2].casefold() in SHORT_MONTHS:
        low, high = SHORT_MONTHS[day_month[2].casefold()], int(day_month[1])
    elif month_day and month_day[1].casefold() in SHORT_MONTHS:
        low, high = SHORT_MONTHS[month_day[1].casefold()], int(month_day[2])
    else:
        return None
    # In day-first locales `1-10` becomes `1-Oct`: a range always rises, so its written order does not matter.
    return Range(Decimal(min(low, high)), Decimal(max(low, high)))
