"""Names of months and weekdays: English and German built in, other languages from CLDR when a file needs them."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache

_ENGLISH = "january february march april may june july august september october november december"
_ENGLISH_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_GERMAN = "januar februar märz april mai juni juli august september oktober november dezember"
SHORT_MONTHS = {name[:3]: number for number, name in enumerate(_ENGLISH.split(), 1)}
# In full or abbreviated. In file names, other languages' words mean something else: data mart, lead gen.
MONTHS = {
    **{
        name[:length]: number
        for names in (_ENGLISH, _GERMAN)
        for number, name in enumerate(names.split(), 1)
        for length in (3, len(name))
    },
    "sept": 9,
    "mrz": 3,
    "maerz": 3,
}
_SHORTEST = 3
_DAYS = frozenset(name[:length] for name in _ENGLISH_DAYS.split() for length in (3, len(name))) | {"tues", "thurs"}
_LOCALES = """
    bg ca cs da de de_AT el es et fi fr fr_CA hr hu id it lt lv nb nl pl pt pt_PT ro ru sk sl sr_Latn sv tr uk vi
"""
# Words around the name in `28 de noviembre de 2025`, `November 28th`, `le 28 novembre`, `28 ноября 2025 г.`
_FILLERS = "de del of the th st nd rd er le la el den am at um г р m d gada"
FILLERS = frozenset(_FILLERS.split())


def month_of(word: str) -> int | None:
    """The month number of a word; None if it is not a month, or different months in two languages."""
    word = _folded(word)
    return MONTHS.get(word) or (_names()[0].get(word) if len(word) >= _SHORTEST else None)


def is_weekday(word: str) -> bool:
    """Whether a word names a day of the week."""
    word = _folded(word)
    return word in _DAYS or (len(word) >= _SHORTEST and word in _names()[1])


def _folded(word: str) -> str:
    """Lower case without accents: `août`, `AOUT`."""
    word = unicodedata.normalize("NFKD", word.casefold().replace("ı", "i"))
    return "".join(char for char in word if not unicodedata.combining(char)).strip(".")


@cache
def _names() -> tuple[dict[str, int], frozenset[str]]:
    """Months and weekdays of other languages; `listopad` is October in Croatian and November in Polish: neither."""
    from babel import Locale  # slow, and most files have no such names

    months: dict[str, set[int]] = defaultdict(set)
    days: set[str] = set()
    for locale in map(Locale.parse, _LOCALES.split()):
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[form][width].items():
                    months[_folded(name)].add(number)
                days.update(_folded(name) for name in locale.days[form][width].values())
    found = {name: next(iter(numbers)) for name, numbers in months.items() if len(numbers) == 1}
    return found, frozenset(days - found.keys())
