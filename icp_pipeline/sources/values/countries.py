"""Country names as people write them -> ISO-2 codes."""

from __future__ import annotations

import unicodedata
from functools import cache

import pycountry
from babel import Locale

# What the ISO lists lack: everyday names, older names, parts of the United Kingdom.
_EVERYDAY = {
    "america": "US",
    "bolivia": "BO",
    "brunei": "BN",
    "burma": "MM",
    "cape verde": "CV",
    "czech republic": "CZ",
    "deutschland": "DE",
    "england": "GB",
    "espana": "ES",
    "great britain": "GB",
    "holland": "NL",
    "hong kong sar": "HK",
    "iran": "IR",
    "italia": "IT",
    "ivory coast": "CI",
    "congo brazzaville": "CG",
    "congo kinshasa": "CD",
    "dr congo": "CD",
    "drc": "CD",
    "korea": "KR",
    "korea north": "KP",
    "korea south": "KR",
    "ksa": "SA",
    "north korea": "KP",
    "prc": "CN",
    "rok": "KR",
    "laos": "LA",
    "macau": "MO",
    "macedonia": "MK",
    "moldova": "MD",
    "northern ireland": "GB",
    "osterreich": "AT",
    "palestine": "PS",
    "republic of ireland": "IE",
    "republic of korea": "KR",
    "russia": "RU",
    "schweiz": "CH",
    "scotland": "GB",
    "south korea": "KR",
    "swaziland": "SZ",
    "syria": "SY",
    "taiwan": "TW",
    "tanzania": "TZ",
    "the netherlands": "NL",
    "turkey": "TR",
    "u.a.e.": "AE",
    "u.k.": "GB",
    "u.s.": "US",
    "u.s.a.": "US",
    "uae": "AE",
    "uk": "GB",
    "united states of america (usa)": "US",
    "us": "US",
    "usa": "US",
    "venezuela": "VE",
    "vietnam": "VN",
    "wales": "GB",
}


# Locales whose country names are read if English and ISO do not have a name.
_LOCALES = (
    *("de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "hu", "ro", "tr", "el", "ru", "uk"),
    *("ja", "ko", "zh", "ar", "he"),
)
# Names shared by two countries, so the name alone is ambiguous.
_AMBIGUOUS = frozenset({"congo"})


def country_code(text: str) -> str | None:
    """ISO-2 code of a name in English or another language, or of an ISO code; None if it is not a country."""
    folded = _fold(text)
    if folded in _AMBIGUOUS or not folded:
        return None
    return _codes().get(folded) or _codes().get(folded.removeprefix("the ")) or _names_abroad().get(folded)


@cache
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for country in pycountry.countries:
        parts = ("name", "official_name", "common_name", "alpha_2", "alpha_3", "numeric")
        names = (getattr(country, part, None) for part in parts)
        codes |= {_fold(name): country.alpha_2 for name in names if name}
    return codes | {_fold(name): code for name, code in _EVERYDAY.items()}


@cache
def _names_abroad() -> dict[str, str]:
    """Names in other languages; a name for different countries in two languages is left out."""
    meant: dict[str, set[str]] = {}
    known = {country.alpha_2 for country in pycountry.countries}
    for locale in _LOCALES:
        for code, name in Locale.parse(locale).territories.items():
            if code in known:
                meant.setdefault(_fold(name), set()).add(code)
    return {name: min(codes) for name, codes in meant.items() if len(codes) == 1}


def _fold(text: str) -> str:
    """Lower case without accents and dots; other punctuation becomes blanks."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.strip()) if not unicodedata.combining(char))
    plain = plain.casefold().replace(".", "")
    return " ".join("".join(char if char.isalnum() else " " for char in plain).split())
