"""How often a subscription is billed, and how long a contract runs: a unit and a number, from words or numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from icp_pipeline.sources.declared.cell_rules import clean
from icp_pipeline.sources.refusal import Unusable

_EXPECTED = "day, week, month or year, with a count such as '3 months' or a column `interval_count`"
_MONTHS = {"day": Decimal("0.0329"), "week": Decimal("0.23"), "month": Decimal(1), "year": Decimal(12)}
_NO_TERM = "not a contract's term: expected months up to 600, or a span such as '3 years'"
_ONCE = frozenset({"once", "onetime", "oneoff", "lifetime", "perpetual", "nonrecurring", "einmalig"})


def _spelled(unit: str, words: str) -> dict[str, str]:
    return dict.fromkeys(words.split(), unit)


_UNITS = {
    **_spelled("day", "d day days daily täglich tag tage"),
    **_spelled("week", "w wk week weeks weekly wöchentlich woche wochen"),
    **_spelled("month", "m mo mon mth month months monthly monatlich monat monate mensuel mensuelle mensual mensal"),
    **_spelled("year", "y yr yrs year years yearly annual annually annum pa jährlich jahr jahre annuel annuelle anual"),
}
# Words for several of a unit. `biweekly`, `bimonthly` and `biannual` have two meanings and are left out.
_SEVERAL = {
    **_spelled("2 week", "fortnight fortnights fortnightly"),
    **_spelled("3 month", "q qtr quarter quarters quarterly vierteljährlich quartal trimestriel trimestral"),
    **_spelled("6 month", "semiannual semiannually halfyear halfyearly semester halbjährlich semestriel semestral"),
    **_spelled("2 year", "biennial biennially"),
    **_spelled("3 year", "triennial triennially"),
}
_PHRASE = re.compile(
    r"(?:(?:every|per|each|alle|billed)\s+)?(?:(\d{1,3}|one|two|three|four|six|twelve)\s*-?\s*)?([^\W\d_]+)"
)
_ISO = re.compile(r"p(\d{1,3})([dwmy])")
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12}


def interval_parts(text: str) -> str:
    """`month`, `3 month`, or `once`; raises Unusable if it is not an interval or ambiguous."""
    word = clean(text).casefold().strip("/. ")
    bare = re.sub(r"[\s_-]", "", word)
    if bare in _ONCE:
        return "once"
    found = _SEVERAL.get(bare) or _UNITS.get(bare)
    if found:
        return found
    match = _ISO.fullmatch(bare) or _PHRASE.fullmatch(word.replace("_", " "))
    unit = _UNITS.get(match[2]) if match else None
    several = _SEVERAL.get(match[2]) if match else None
    if match is None or not (unit or several):
        raise Unusable(f"not a billing interval: expected {_EXPECTED}")
    count = int(_NUMBERS.get(match[1] or "one") or match[1])
    size, _, unit = (several or f"1 {unit}").partition(" ")
    count *= int(size)
    if not 1 <= count <= 999:
        raise Unusable(f"not a billing interval: expected {_EXPECTED}")
    return unit if count == 1 else f"{count} {unit}"


def term_months(text: str, number_of_months: Callable[[str], Decimal]) -> str | None:
    """Months that a contract runs: for a bare number by `number_of_months`, else for a span such as `3 years`.

    None for 0; raises Unusable if it is not a span, or longer than fifty years.
    """
    if not any(char.isalpha() for char in text):
        months = number_of_months(text)
    else:
        count, _, unit = interval_parts(re.sub(r"\W*\bterm\b\W*", "", text, flags=re.IGNORECASE)).rpartition(" ")
        if unit == "once":
            raise Unusable(_NO_TERM)
        months = Decimal(count or 1) * _MONTHS[unit]
    if not 0 <= months <= 600:
        raise Unusable(_NO_TERM)
    return format(months.quantize(Decimal("0.0001")).normalize(), "f") if months else None
