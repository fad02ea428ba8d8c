"""Single cells: what may stand in an import file, and how text is made safe to open in a spreadsheet.

Import files hold nothing that a spreadsheet would run and nothing that was altered to prevent it: each cell matches
the strict pattern of its type, or the export stops. Review files are for people: their text is escaped.
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

# Salesforce sets a field to null on this and leaves it alone on an empty cell; no value may ever look like it.
CLEAR = "#N/A"

PATTERNS: dict[str, re.Pattern[str]] = {
    "salesforce_id": re.compile(r"[A-Za-z0-9]{15}[A-Z0-5]{3}"),
    "hubspot_id": re.compile(r"[0-9]{1,20}"),
    "account_id": re.compile(r"[A-Za-z0-9][A-Za-z0-9 .:_/#@+-]{0,254}"),
    "score": re.compile(r"(?:100(?:\.0{1,2})?|[0-9]{1,2}(?:\.[0-9]{1,2})?)"),
    "label": re.compile(r"[A-Za-z0-9][A-Za-z0-9 .:_/-]{0,98}"),
    "code": re.compile(r"[a-z][a-z0-9_]{0,62}"),
    "code_or_blank": re.compile(r"([a-z][a-z0-9_]{0,62})?"),
    # Words for a text field: `review_text` has made them safe to open.
    "reason": re.compile(r"[^\x00-\x1f\x7f=+\-@][^\x00-\x1f\x7f]{0,255}"),
    "version": re.compile(r"[A-Za-z0-9][A-Za-z0-9 .:_/-]{0,98}"),
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "datetime": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"),
}

_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
# What a spreadsheet takes for the start of a formula; NFKC folds the full-width and small forms onto these.
_FORMULA_STARTS = frozenset("=+-@\u2212")
# Invisible characters that reorder or hide text, besides the control characters.
_INVISIBLE = frozenset("\u200b\u200e\u200f\u2060\ufeff\u061c") | {chr(code) for code in range(0x202A, 0x202F)}
_INVISIBLE |= {chr(code) for code in range(0x2066, 0x206A)}


def is_missing(value: Any) -> bool:
    """Whether a value is None, NaN, NaT or infinite: never written to a CRM."""
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return isinstance(value, float) and not math.isfinite(value)


@lru_cache(maxsize=65_536)
def _case_letter(five: str) -> str:
    return _ID_ALPHABET[sum(1 << place for place, letter in enumerate(five) if "A" <= letter <= "Z")]


def salesforce_id_18(text: str) -> str | None:
    """The 18-character form of an Id; None if it is not an Id or its check characters are wrong."""
    if len(text) not in (15, 18) or not text.isascii() or not text.isalnum():
        return None
    full = text[:15] + _case_letter(text[:5]) + _case_letter(text[5:10]) + _case_letter(text[10:15])
    return full if len(text) == 15 or full == text else None


def is_valid(kind: str, text: str) -> bool:
    """Whether a cell may stand in an import file as this kind of value."""
    if not PATTERNS[kind].fullmatch(text):
        return False
    return kind != "salesforce_id" or salesforce_id_18(text) is not None


def each(column: pd.Series[Any], convert: Callable[[Any], str]) -> list[str]:
    """The column's cells as text; repeated values are converted once."""
    codes, distinct = pd.factorize(column)
    # What is missing has the code -1: the last of them.
    texts = np.array([*map(convert, distinct.tolist()), convert(None)], dtype=object)
    return texts[codes].tolist()


def number(value: Any, digits: int = 2) -> str:
    """A plain decimal number, without sign for zero; empty if missing."""
    if is_missing(value):
        return ""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def text(value: Any) -> str:
    """The value as it is; empty if missing."""
    return "" if is_missing(value) else str(value)


def iso_date(value: Any) -> str:
    """A date as `2026-11-21`; empty if missing."""
    if is_missing(value):
        return ""
    return value.strftime("%Y-%m-%d") if isinstance(value, datetime.date) else str(value)[:10]


def boolean(value: Any) -> str:
    """`true` or `false`; empty if unknown."""
    return "" if is_missing(value) else str(bool(value)).lower()


def review_text(value: Any) -> str:
    """Text for people: control characters gone, and a leading `'` where a spreadsheet would see a formula."""
    if is_missing(value):
        return ""
    text = str(value)
    # Nearly every cell: it holds nothing invisible and starts with a letter or digit.
    if text.isprintable() and text[:1].isalnum():
        return text
    text = plain_text(text)
    return f"'{text}" if starts_formula(text) else text


def plain_text(text: str) -> str:
    """Text on one line, without control characters, invisible marks or lone surrogates."""
    if text.isascii() and text.isprintable():  # nearly every text: it holds nothing to remove
        return text.strip()
    return "".join(_visible(letter) for letter in text).strip()


def _visible(letter: str) -> str:
    if letter in _INVISIBLE:
        return ""
    category = unicodedata.category(letter)
    # Line breaks and tabs part words, so they leave a space; lone surrogates cannot be written as UTF-8.
    return " " if category in ("Cc", "Zl", "Zp", "Cs") else letter


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet would run a cell with this text."""
    for letter in text:
        category = unicodedata.category(letter)
        # Blanks, marks that hang on nothing, characters without a shape: spreadsheets and eyes pass over them.
        if category[0] in "CZ" or category == "Mn":
            continue
        return unicodedata.normalize("NFKC", letter).lstrip()[:1] in _FORMULA_STARTS
    return False
