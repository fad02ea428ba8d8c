"""The currency mark in an amount's own cell: a code, a sign, or both, before or after the number.

This is the only place that knows marks. A three-letter ISO 4217 code wins over a sign, wherever it is. A sign of
one currency is that currency. A sign that several share stays a sign (`$`, `¥`, `KR`): the row's currency
column decides which one it is, else the home currency (see `settings.currency_rates`); it is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial

import pycountry

from icp_pipeline.sources.refusal import Unusable


def _table(pairs: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in pairs.split())


def _codes(codes: str) -> frozenset[str]:
    return frozenset(codes.split())


# Signs of one currency. Letters are compared in any case, with or without a dot after them.
_SIGNS = _table(
    "€=EUR £=GBP ₹=INR ₩=KRW ₪=ILS ₺=TRY ₽=RUB ₴=UAH ₦=NGN ₱=PHP ฿=THB ₫=VND ₡=CRC ₲=PYG ₸=KZT ₼=AZN ₾=GEL "
    "₵=GHS ₭=LAK ₮=MNT ৳=BDT ៛=KHR ￡=GBP ￦=KRW 円=JPY 元=CNY 원=KRW EURO=EUR EUROS=EUR ZŁ=PLN KČ=CZK FT=HUF "
    "LEI=RON ЛВ=BGN SFR=CHF RM=MYR RP=IDR RMB=CNY R=ZAR РУБ=RUB ГРН=UAH CN¥=CNY JP¥=JPY NKR=NOK SKR=SEK "
    "DKR=DKK"
)
# Text before or after a dollar sign that says which country's dollar it is.
_DOLLARS = _table(
    "US=USD U=USD CA=CAD C=CAD CAN=CAD CDN=CAD A=AUD AU=AUD NZ=NZD HK=HKD S=SGD SG=SGD NT=TWD TW=TWD R=BRL "
    "BR=BRL MX=MXN MEX=MXN AR=ARS CL=CLP CO=COP COL=COP UY=UYU RD=DOP TT=TTD J=JMD BB=BBD BZ=BZD EC=XCD FJ=FJD "
    "GY=GYD N=NAD"
)
# Signs that several currencies share, and which.
SHARED_SIGNS: dict[str, frozenset[str]] = {
    "$": _codes(
        "USD CAD AUD NZD SGD HKD TWD BRL MXN ARS CLP COP UYU DOP TTD JMD BBD BZD XCD FJD GYD NAD BMD BND BSD KYD LRD "
        "SBD SRD CUP CVE NIO TOP WST MOP"
    ),
    "¥": frozenset({"JPY", "CNY"}),
    "KR": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "RS": frozenset({"INR", "PKR", "LKR", "NPR", "MUR", "SCR"}),
    "FR": frozenset({"CHF", "XOF", "XAF", "XPF", "RWF", "GNF", "CDF", "BIF", "DJF", "KMF"}),
}
_ALIKE = {"＄": "$", "﹩": "$", "￥": "¥"}
_LETTER = r"[^\W\d_]"
# A dollar sign and its country; letters right after a digit are a unit (`5M$`), not part of the sign.
_DOLLAR = re.compile(
    rf"(?:(?<![^\W_])(?P<before>{_LETTER}{{1,3}})\s?)?\$(?P<s>S(?![^\W\d_]))?(?:\s?(?P<after>{_LETTER}{{2,3}})(?![^\W\d_]))?",
)
_WORD = re.compile(rf"(?<!{_LETTER})({_LETTER}+¥|{_LETTER}+)\.?")
_OTHER = re.compile(r"[^\W\d_]*¥|[^\w\s.,'()+<>=~\u2019\u2212\u2013\u2014-]")
# Brackets around a mark, and blanks that a mark leaves beside a minus or a bracket.
_EMPTY = re.compile(r"[(\[]\s*[)\]]")
_WITHIN = re.compile(r"(?<=[-+(\u2212])\s+|\s+(?=\))")
# Withdrawn recently: older files contain them.
_WITHDRAWN = frozenset({"HRK", "BGN", "LTL", "LVL", "EEK", "SLL", "VEF", "ZWL", "CUC", "ANG"})
_NO_MONEY = frozenset({"XXX", "XTS", "XAU", "XAG", "XPT", "XPD"})


@cache
def currency_codes() -> frozenset[str]:
    """ISO 4217 codes of money; without those for tests, metals and the like."""
    return frozenset({currency.alpha_3 for currency in pycountry.currencies} | _WITHDRAWN) - _NO_MONEY


def may_be(sign: str, code: str) -> bool:
    """Whether a shared sign can mean a currency."""
    return code in SHARED_SIGNS.get(sign, frozenset())


def split_mark(text: str) -> tuple[str, str | None]:
    """An amount without its marks, and the mark: a code, a shared sign, or None.

    Raises Unusable if the cell names two currencies. Words that are not marks are left to the number's parser.
    """
    if text.isascii() and not any(char.isalpha() or char == "$" for char in text):
        return text, None
    marks: set[str] = set()
    for wide, plain in _ALIKE.items():
        text = text.replace(wide, plain)
    for pattern, mark_of in ((_DOLLAR, _of_dollar), (_WORD, _of_word), (_OTHER, _of_sign)):
        text = pattern.sub(partial(_taken, mark_of, marks), text)
    return _WITHIN.sub("", _EMPTY.sub("", text)).strip(), _one(marks)


def currency_mark(text: str) -> str | None:
    """The mark alone; see `split_mark`."""
    return split_mark(text)[1]


def _taken(mark_of: Callable[[re.Match[str], set[str]], str], marks: set[str], match: re.Match[str]) -> str:
    """What replaces a possible mark. Between two digits it is not one: `20$00` has its decimals after it."""
    left = mark_of(match, marks)
    start, end = match.span()
    if left.isspace() and match.string[start - 1 : start].isdigit() and match.string[end : end + 1].isdigit():
        raise Unusable("a currency sign inside the number: write the amount with a decimal point")
    return left


def _of_dollar(match: re.Match[str], marks: set[str]) -> str:
    """Remove a dollar sign with the country before or after it; other words beside it stay."""
    kept = ["", ""]
    marks.add("$")
    for place, word in enumerate((match["before"], match["after"])):
        code = _code(word) or _DOLLARS.get((word or "").upper())
        if code:
            marks.add(code)
        else:
            kept[place] = word or ""
    return f"{kept[0]} {kept[1]}"


def _of_word(match: re.Match[str], marks: set[str]) -> str:
    word = match[1].upper()
    mark = _code(word) or _SIGNS.get(word) or (word if word in SHARED_SIGNS else None)
    if word in ("DOLLAR", "DOLLARS"):
        mark = "$"
    if mark is None:
        return match[0]
    marks.add(mark)
    return " "


def _of_sign(match: re.Match[str], marks: set[str]) -> str:
    sign = match[0].upper()
    mark = _SIGNS.get(sign) or (sign if sign in SHARED_SIGNS else None)
    if mark is None:
        return match[0]
    marks.add(mark)
    return " "


def _code(word: str | None) -> str | None:
    upper = (word or "").upper()
    return upper if upper in currency_codes() else None


def _one(marks: set[str]) -> str | None:
    """The one currency that all marks of a cell agree on."""
    codes = {mark for mark in marks if mark not in SHARED_SIGNS}
    signs = marks - codes
    code = next(iter(codes), None)
    if len(codes) > 1 or (code is None and len(signs) > 1):
        raise Unusable("the amount names two currencies: keep one of them")
    if code and not all(may_be(sign, code) for sign in signs):
        raise Unusable("the currency sign and the currency code differ: keep one of them")
    return code or next(iter(signs), None)
