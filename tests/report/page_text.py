"""Reads a rendered page: its text, its links, and the table embedded in it."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
from typing import Any


def text(page: bytes) -> str:
    """The text that a person reads, with entities resolved."""
    bare = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", page.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def table(page: bytes) -> dict[str, Any]:
    """The accounts as the page's script reads them."""
    found = re.search(r'id="accounts-data">([^<]*)<', page.decode())
    assert found
    unpacked: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(found[1])))
    return unpacked


def codes(letters: str) -> list[int]:
    """Decode letters into codes, as `report.js` does."""
    points = [ord(letter) - (0x800 if ord(letter) >= 0xE000 else 0) for letter in letters]
    return [point - 35 - (1 if point > 92 else 0) for point in points]


def fit(standing: dict[str, Any], place: int) -> float:
    """The sum of an account's evidence."""
    return float(sum(standing["pieces"][code][2] for code in codes(standing["evidence"][place])))
