"""Numbers as programs and people write them, in either decimal convention.

A number is read strictly in one convention. If none is declared it is read in both: either the two readings agree, or
only one is possible, or the cell is ambiguous. If some cell of a column can be read in one convention only, the whole
column is read in that one (see `convention`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from icp_pipeline.sources.declared.cell_rules import Rules, clean
from icp_pipeline.sources.refusal import Unusable

Value = TypeVar("Value")

_ADVICE = "Declare `decimal: ','` or `decimal: '.'` under `vendors:` or `sources:` in icp.yaml"
DOUBTFUL_DOT = f"a dot before exactly three digits: thousands or decimals? {_ADVICE}"
DOUBTFUL_COMMA = f"a comma before exactly three digits in a column that is not of one convention. {_ADVICE}"

# Numbers of a column that may have two readings, as an RE2 pattern.
DOUBTFUL = r"[.,\x{ff0c}\x{ff0e}]\p{Nd}{3}(\P{Nd}|$)"

# `mil` is a thousand in Spanish and Portuguese, `mil.` a million in English and Czech: only the latter is a unit here.
# Words that start with `bill` are 10^12 in continental Europe: see `_factor`.
_UNIT_WORDS = (
    (10**3, "k tsd tausend thousand thousands"),
    (10**5, "lakh lakhs"),
    (10**6, "m mm mn mio mln mill mil. million millions millionen millones milioni"),
    (10**7, "crore crores"),
    (10**9, "b bn bil billion billions mrd mld mlrd milliard milliards milliarde milliarden"),
)
_UNITS = {word: factor for factor, words in _UNIT_WORDS for word in words.split()}
_WITH_UNIT = re.compile(r"(?P<digits>.*?[\d.,])(?P<blank> ?)(?P<unit>[^\W\d_]+)(?P<dot>\.?)")
_EXPONENT = re.compile(r"(\d+(?:[.,]\d+)?|[.,]\d+)[eE]([+-]?\d{1,3})")
_SIGN = re.compile(r"([+-]) ?([^+-].*)")
_BRACKETS = re.compile(r"\(([^()+-]+)\)")
_ARABIC_DECIMAL, _ARABIC_GROUP = "\u066b", "\u066c"
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2212\ufe63\uff0d\u2010\u2011", "-"),
        **dict.fromkeys("\u2019\u2018\u02bc\uff07\u00b4`" + _ARABIC_GROUP, "'"),
        "\uff0c": ",",
        "\uff0e": ".",
        "\uff0b": "+",
        "\uff05": "%",
        "\u066a": "%",
        "\uff08": "(",
        "\uff09": ")",
        "\u061c": None,
    }
)


def _forms(decimal: str, group: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """One convention: numbers without groups, with groups of three, or as in India. No group starts with a zero."""
    point, comma = re.escape(decimal), re.escape(group)
    plain = rf"\d+(?:{point}\d*)?|{point}\d+"
    by_three = rf"[1-9]\d{{0,2}}(?P<by>[ '{comma}])\d{{3}}(?:(?P=by)\d{{3}})*(?:{point}\d*)?"
    in_india = rf"[1-9]\d?(?:{comma}\d\d)+{comma}\d{{3}}(?:{point}\d*)?"
    return re.compile(plain), re.compile(f"{by_three}|{in_india}")


_FORMS = {".": _forms(".", ","), ",": _forms(",", ".")}
_REST = {".": str.maketrans("", "", ", '"), ",": str.maketrans(",", ".", ". '")}


def in_ascii(text: str) -> str:
    """Replace digits of any script, blanks of any width, and every kind of minus and apostrophe with the plain one."""
    text = clean(text)
    if text.isascii():
        return text
    return "".join(map(_ascii, text.translate(_ALIKE))).strip()


def _ascii(char: str) -> str:
    if char.isascii():
        return char
    if unicodedata.category(char) == "Zs":
        return " "
    return str(unicodedata.decimal(char, char))


def read_number(text: str, decimal: str, groups: bool = True) -> Decimal:
    """A number with its sign and unit (`12.5M`) in one convention; without `groups` it has no thousands separators."""
    sign, text = _signed(in_ascii(text))
    return sign * read_amount(text, decimal, groups)


def read_amount(text: str, decimal: str, groups: bool = True) -> Decimal:
    """A number without a sign, in its plain form but for its unit."""
    factor = 1
    found = None if text[-1:].isdigit() else _WITH_UNIT.fullmatch(text)
    if found:
        text, factor = found["digits"], _factor(found, decimal)
    exponent = None if found else _EXPONENT.fullmatch(text)
    if exponent:
        return _in_convention(exponent[1], decimal, groups=False).scaleb(int(exponent[2]))
    return _in_convention(text, decimal, groups) * factor


def _signed(text: str) -> tuple[int, str]:
    """The sign before the number, after it as in SAP, or as brackets around the amount."""
    brackets = _BRACKETS.fullmatch(text)
    if brackets:
        return -1, brackets[1].strip()
    signed = _SIGN.fullmatch(text)
    if signed:
        return (-1 if signed[1] == "-" else 1), signed[2]
    if text.endswith("-"):
        return -1, text[:-1].rstrip()
    return 1, text


def _factor(found: re.Match[str], decimal: str) -> int:
    unit = found["unit"].casefold()
    unit = unit + "." if unit == "mil" and found["dot"] else unit
    # `12 B` is 12 thousand in Turkish and 12 * 10^12 in Spanish, `12 mM` 12 thousand million in Portuguese.
    is_foreign = (unit == "b" and found["blank"]) or found["unit"] == "mM"
    if unit not in _UNITS or is_foreign or (unit.startswith("bill") and decimal == ","):
        raise Unusable("a unit that differs from language to language, or none: expected K, M, bn, million or Mrd")
    return _UNITS[unit]


def _in_convention(text: str, decimal: str, groups: bool) -> Decimal:
    if _ARABIC_DECIMAL in text:
        text, decimal = text.replace(",", " ").replace(".", " ").replace(_ARABIC_DECIMAL, "."), "."
    plain, grouped = _FORMS[decimal]
    if not plain.fullmatch(text) and not (groups and grouped.fullmatch(text)):
        raise Unusable(f"not a number with decimal '{decimal}'")
    return Decimal(text.translate(_REST[decimal]))


def settled(read: Callable[[str, str], Value], text: str, rules: Rules) -> Value:
    """What `read` returns in the declared convention; undeclared, what both give, if that is certain."""
    if rules.decimal:
        return read(text, rules.decimal)
    point, comma = _attempt(read, text, "."), _attempt(read, text, ",")
    if isinstance(point, Unusable):
        if isinstance(comma, Unusable):
            raise Unusable(str(point).removesuffix(" with decimal '.'"))
        return comma
    if isinstance(comma, Unusable) or point == comma:
        return point
    if "." in in_ascii(text):
        raise Unusable(DOUBTFUL_DOT)
    if rules.mixed:
        raise Unusable(DOUBTFUL_COMMA)
    # The thousands separator that vendors' exports use by default.
    return point


def convention(read: Callable[[str, str], object], texts: Iterable[str], seen: Iterable[str], rules: Rules) -> Rules:
    """The rules of a column: the one convention in which all its cells can be read, else the doubt is recorded.

    `seen` are the conventions that other cells of the column are known to need.
    """
    needed, doubtful = set(seen), set()
    for text in texts:
        point, comma = _attempt(read, text, "."), _attempt(read, text, ",")
        if isinstance(point, Unusable) != isinstance(comma, Unusable):
            needed.add("," if isinstance(point, Unusable) else ".")
        elif point != comma and not isinstance(point, Unusable):
            doubtful.add("." if "." in in_ascii(text) else ",")
    if len(needed) == 1:
        return replace(rules, decimal=needed.pop())
    return replace(rules, mixed=len(needed) == 2 or len(doubtful) == 2)


def _attempt(read: Callable[[str, str], Value], text: str, decimal: str) -> Value | Unusable:
    try:
        return read(text, decimal)
    except Unusable as unusable:
        # In a local variable of a caller, the traceback would hold that caller's frame, and all tables in it.
        return unusable.with_traceback(None)
