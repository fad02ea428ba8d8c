"""Ranges of counts and amounts as vendors write them: `1-10`, `251-1K`, `$10M-$50M`, `100K+`, `$1 - 10M`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from icp_pipeline.sources.refusal import Unusable

_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(), start=1)}
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "mm": 10**6, "b": 10**9, "bn": 10**9}
_NUMBER = r"[$€£]?\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(k|mm|m|bn|b)?"
_PAIR = re.compile(rf"{_NUMBER}\s*(?:-|–|—|\bto\b|\.\.)\s*{_NUMBER}", re.IGNORECASE)
_ABOVE = re.compile(rf"(?:>=?|over|more than)\s*{_NUMBER}|{_NUMBER}\s*(?:\+|and (?:above|over|more)|or more)", re.I)
_BELOW = re.compile(rf"(?:<=?|under|less than|up to)\s*{_NUMBER}", re.IGNORECASE)
_ONE = re.compile(_NUMBER, re.IGNORECASE)
_DAY_MONTH = re.compile(r"(\d{1,4})-([A-Za-z]{3})")
_MONTH_DAY = re.compile(r"([A-Za-z]{3})-(\d{1,4})")
_TAIL = re.compile(r"\s*(employees|people|usd)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Range:
    """Lowest and highest value; `high` is None for an open end."""

    low: Decimal
    high: Decimal | None

    @property
    def middle(self) -> Decimal:
        """Half way; the low end where there is no high one."""
        return self.low if self.high is None else (self.low + self.high) / 2


def parse_range_text(text: str, *, repair_months: bool = True) -> Range:
    """Read a range; `10-Jan` and `Nov-50` are what a spreadsheet makes of 1-10 and 11-50, and are undone."""
    text = _TAIL.sub("", text.strip())
    mended = _undo_spreadsheet(text) if repair_months else None
    if mended:
        return mended
    for pattern, build in ((_PAIR, _pair), (_ABOVE, _above), (_BELOW, _below), (_ONE, _single)):
        match = pattern.fullmatch(text)
        if match:
            return build(match)
    raise Unusable("not a number or a range such as 51-250, 1K-5K or 100K+")


def range_middle(text: str) -> Decimal:
    """The middle of a range of counts."""
    return parse_range_text(text).middle


def money_range_middle(text: str) -> Decimal:
    """The middle of a range of amounts."""
    return parse_range_text(text, repair_months=False).middle


def _amount(digits: str, unit: str | None) -> Decimal:
    return Decimal(digits.replace(",", "")) * _UNITS[(unit or "").casefold()]


def _pair(match: re.Match[str]) -> Range:
    low_text, low_unit, high_text, high_unit = match.groups()
    high = _amount(high_text, high_unit)
    low = _amount(low_text, low_unit)
    # `$1 - 10M` means one to ten million: a unit written once, on the right, is meant for both sides where the range
    # still rises then. It does not in `251-1K`, so that one is taken as written.
    if low_unit is None and high_unit and _amount(low_text, high_unit) < high:
        low = _amount(low_text, high_unit)
    if low > high:
        raise Unusable("range whose low end is above its high end")
    return Range(low, high)


def _above(match: re.Match[str]) -> Range:
    digits, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
    return Range(_amount(digits, unit), None)


def _below(match: re.Match[str]) -> Range:
    return Range(Decimal(0), _amount(match[1], match[2]))


def _single(match: re.Match[str]) -> Range:
    value = _amount(match[1], match[2])
    return Range(value, value)


def _undo_spreadsheet(text: str) -> Range | None:
    day_month, month_day = _DAY_MONTH.fullmatch(text), _MONTH_DAY.fullmatch(text)
    if day_month and day_month[2].casefold() in _MONTHS:
        low, high = _MONTHS[day_month[2].casefold()], int(day_month[1])
    elif month_day and month_day[1].casefold() in _MONTHS:
        low, high = _MONTHS[month_day[1].casefold()], int(month_day[2])
    else:
        return None
    # In day-first locales `1-10` becomes `1-Oct`: a range always rises, so the order tells nothing and is not kept.
    return Range(Decimal(min(low, high)), Decimal(max(low, high)))
