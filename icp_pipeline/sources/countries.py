"""Country names as people write them -> ISO-2 codes."""

from __future__ import annotations

import unicodedata
from functools import cache

import pycountry

# What the ISO lists do not have: everyday names, older names, parts of the United Kingdom.
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
    "korea": "KR",
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


def country_code(text: str) -> str | None:
    """ISO-2 code of a name or an ISO-2/ISO-3 code; None when the text names no country."""
    return _codes().get(_fold(text))


@cache
def _codes() -> dict[str, str]:
    codes = dict(_EVERYDAY)
    for country in pycountry.countries:
        names = (
            getattr(country, part, None) for part in ("name", "official_name", "common_name", "alpha_2", "alpha_3")
        )
        codes |= {_fold(name): country.alpha_2 for name in names if name}
    return codes


def _fold(text: str) -> str:
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.strip()) if not unicodedata.combining(char))
    return plain.casefold()
