"""Removes from free text what identifies people: addresses of every kind, numbers, and the given names.

Every pattern is bounded, so that the time is proportional to the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources
from itertools import chain
from typing import NamedTuple

# Marks removed text: what comes before and after it was never one phrase.
_DROPPED = "\0"
# Business terms that contain a digit and are not numbers.
_NOT_NUMBERS = frozenset(("b2b", "b2c", "b2g", "c2c", "d2c", "p2p", "m2m"))

# All but plain words, which are most: letters, and a mark at the end.
_TOKEN = re.compile(r"(?<!\S)(?![A-Za-z]+[.,;:!?]?(?!\S))\S+")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.[^\W\d_]{2,24}(?![\w-])")
_PLACE = r"(?:[^\W\d_][\w'’.-]{0,40})"
_CAPITAL = r"(?:[A-ZÀ-ÖØ-Þ][\w'’.-]{0,40})"
_HOUSE = r"(?:\b\d{1,5}(?:\s?[-–/]\s?\d{1,5})?\s?[a-z]?\b)"
_CITY = rf"(?:,?\s+(?:[A-Z]{{1,2}}-)?\d{{4,5}}(?:-\d{{4}})?\s+{_CAPITAL}(?:\s+{_CAPITAL})?)"
_ENGLISH = "street|avenue|road|boulevard|lane|highway|parkway|terrace|crescent"
_ENGLISH_SHORT = "St|Ave|Rd|Blvd|Ln|Hwy|Pkwy|Drive|Dr|Way|Court|Ct|Place|Pl|Square|Sq|Close|Row|Broadway"
_ROMANCE = (
    "rue|avenue|boulevard|place|chemin|allée|allee|quai|impasse|cours|calle|avenida|plaza|paseo|carrer|via|viale|"
    "corso|piazza|rua|praça"
)
_LINK = r"(?:(?:de|du|des|da|do|dos|della|delle|del|la|le|les|l['’]|d['’])\s*)"
_COMPOUND = "straße|strasse|str\\.|allee|gasse|weg|platz|damm|ufer|ring|chaussee|straat|laan|gracht|kade|plein|gade|vej"
_UNAMBIGUOUS = "straße|strasse|str\\.|straat|gracht"


class _Street(NamedTuple):
    """A kind of address. Case matters in all but the words of its pattern that are marked (?i:...)."""

    # What one word (from blank to blank) of every match has: a pattern is tried on few texts. A pattern may start or
    # end in the middle of a word, so a clue ends with a word only where the pattern goes on behind a blank, and starts
    # with one only where the pattern comes from before a blank.
    clue: re.Pattern[str]
    pattern: re.Pattern[str]
    # Whether every match has a digit, so that words without one need not be looked at.
    has_digit: bool


def _street(clue: str, pattern: str, has_digit: bool = True) -> _Street:
    return _Street(re.compile(clue), re.compile(pattern), has_digit)


_STREETS = (
    # 221b Baker Street, 10 downing street, 5 Fifth Ave; capitalised also without a number.
    _street(rf"^(?i:{_ENGLISH})", rf"{_HOUSE},?\s+(?:{_PLACE}\s+){{1,3}}(?i:{_ENGLISH})\b\.?"),
    _street(rf"^(?:{_ENGLISH_SHORT})", rf"{_HOUSE},?\s+(?:{_CAPITAL}\s+){{0,3}}(?:{_ENGLISH_SHORT})\b\.?"),
    _street(rf"^(?:{_ENGLISH.title()})", rf"(?:{_CAPITAL}\s+){{1,3}}(?:{_ENGLISH.title()})\b\.?", has_digit=False),
    # Friedrichstraße 12, Lange Str. 5a, Am Alten Markt 3, Keizersgracht 10; unambiguous ones without a number too.
    _street(rf"(?i:{_COMPOUND})(?:\d|$)", rf"(?:{_CAPITAL}\s+)?\b\w{{0,40}}(?i:{_COMPOUND})\s*{_HOUSE}{_CITY}?"),
    _street(rf"(?i:{_UNAMBIGUOUS})", rf"\b\w{{2,40}}(?i:{_UNAMBIGUOUS})(?!\w)", has_digit=False),
    _street(
        r"(?:Am|An|Im|In|Zum|Zur|Unter)$",
        rf"\b(?:Am|An der|An den|Im|In der|Zum|Zur|Unter den)\s+(?:{_CAPITAL}\s+){{1,2}}{_HOUSE}{_CITY}?",
    ),
    # 12 bis, rue de la Paix; Calle Mayor 5; Via Roma, 10.
    _street(
        rf"^(?i:{_ROMANCE})$",
        rf"{_HOUSE}(?:\s?(?:bis|ter))?,?\s+(?i:{_ROMANCE})\s+(?i:{_LINK}){{0,3}}{_PLACE}(?:\s+{_CAPITAL}){{0,2}}",
    ),
    _street(
        rf"(?i:{_ROMANCE})$",
        rf"\b(?i:{_ROMANCE})\s+(?i:{_LINK}){{0,3}}{_PLACE}(?:\s+{_PLACE})?,?\s+(?:n[.º°]\s?)?{_HOUSE}",
    ),
    # A town with its postal code, in either order; a post box.
    _street(r"^\d{5}", rf"{_CAPITAL}(?:\s+{_CAPITAL})?,?\s+[A-Z]{{2}},?\s+\d{{5}}(?:-\d{{4}})?\b"),
    _street(r"\d{4}", rf"\b(?:[A-Z]{{1,2}}-)?\d{{4,5}}(?:\s?[A-Z]{{2}})?\s+{_CAPITAL}(?:\s+{_CAPITAL})?"),
    _street(r"[A-Z]\d", rf"(?:{_CAPITAL},?\s+)?\b[A-Z]{{1,2}}\d[A-Z\d]?\s?\d[A-Z]{{2}}\b"),
    _street(
        r"(?i:box|postfach|postale|apartado)",
        r"\b(?i:p\.?\s?o\.?\s?box|postfach|boîte postale|apartado)\s+[\d ]{1,12}",
        has_digit=False,
    ),
)


def scrub(text: str, names: frozenset[str] = frozenset()) -> str:
    """The text without e-mail addresses, URLs, domains, phone and other numbers, street addresses and `names`.

    `names` are people's and companies' names, one or several words each, in any case and with or without accents; a
    word that is one of them is removed, also in the genitive and in hyphenated compounds. Names that are ordinary words
    (`words_also_names.txt`) are kept in lower case. Blanks and line breaks become single blanks.
    """
    kept = " ".join(" ".join(pieces(text, name_words(names))).split())
    kept = re.sub(r"[(\[{<]\s*[.,;:/&+-]*\s*[)\]}>]", "", kept)
    return " ".join(re.sub(r"\s+([.,;:!?])", r"\1", kept).split())


def pieces(text: str, *names: frozenset[str]) -> list[str]:
    """What `scrub` keeps, split where something was removed; each of `names` as returned by `name_words`."""
    text = unicodedata.normalize("NFC", text).replace(_DROPPED, " ")
    tokens = text.split()
    if not all(map(_is_plain, tokens)):
        for place in sorted({place for token in tokens for place in _streets_of(token)}):
            text = _STREETS[place].pattern.sub(f" {_DROPPED} ", text)
        text = _TOKEN.sub(lambda found: _without_addresses(found[0]), text)
        tokens = text.split()
    may_be = list(chain.from_iterable(map(_names_in, tokens)))
    if not all(known.isdisjoint(may_be) for known in names):
        text = _WORD.sub(lambda found: _DROPPED if is_name(found[0], *names) else found[0], text)
    return [piece for piece in (cut.strip() for cut in text.split(_DROPPED)) if piece]


def name_words(names: Iterable[str]) -> frozenset[str]:
    """Names as single words without case and accents, as `is_name` looks them up; initials are left out."""
    return frozenset(
        part
        for name in names
        for word in _WORD.findall(unicodedata.normalize("NFC", name))
        for part in _parts(folded(word))
        if len(part) > 1
    )


def is_name(word: str, *names: frozenset[str]) -> bool:
    """Whether a word, or a part of it between hyphens, is one of `names` (from `name_words`), also in the genitive."""
    return not all(known.isdisjoint(_forms(word)) for known in names)


@lru_cache(maxsize=65_536)
def _forms(word: str) -> frozenset[str]:
    """The names that a word may be."""
    parts = _parts(folded(word))
    forms = parts | {part[:-1] for part in parts if len(part) > 3 and part.endswith("s")}
    return frozenset(forms - _ordinary() if word.islower() else forms)


def _parts(word: str) -> set[str]:
    return {word} if word.isalpha() else {word, *re.split("[-']", word)}


def folded(word: str) -> str:
    """A word without case, accents and kinds of apostrophe: `O’Brién` -> `o'brien`."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    return "".join(char for char in plain if not unicodedata.combining(char))


@lru_cache(maxsize=65_536)
def _is_plain(token: str) -> bool:
    """Whether a word, from blank to blank, is kept as it is wherever all others are like it."""
    is_of_street = not all(_STREETS[place].has_digit for place in _streets_of(token))
    return not is_of_street and not any(map(str.isnumeric, token)) and _without_addresses(token) == token


@lru_cache(maxsize=65_536)
def _streets_of(token: str) -> tuple[int, ...]:
    """Places of the patterns that may match where this word is."""
    return tuple(place for place, street in enumerate(_STREETS) if street.clue.search(token))


@lru_cache(maxsize=65_536)
def _names_in(token: str) -> tuple[str, ...]:
    """The names that the words in it may be."""
    return tuple({form for word in _WORD.findall(token) for form in _forms(word)})


def _without_addresses(token: str) -> str:
    """The word itself, or the mark for what was removed."""
    if token.isascii() and token.isalpha():
        return token
    bare = token.strip(".,;:!?()[]{}<>\"'«»„“”")
    if _DROPPED in token:
        return token
    if "@" in token or "://" in token or "\\" in token or bare.lower().startswith(("www.", "mailto:", "tel:")):
        return _DROPPED
    if any(char.isnumeric() for char in token):
        words = re.split(r"[-/]", bare.lower())
        return token if any(w in _NOT_NUMBERS for w in words) and not _has_number(words) else _DROPPED
    return _DROPPED if _DOMAIN.search(token) else token


def _has_number(words: list[str]) -> bool:
    return any(char.isnumeric() for word in words if word not in _NOT_NUMBERS for char in word)


@cache
def _ordinary() -> frozenset[str]:
    text = resources.files(__package__).joinpath("words_also_names.txt").read_text(encoding="utf-8")
    return frozenset(folded(word) for line in text.splitlines() if not line.startswith("#") for word in line.split())
