"""How the text of one file is to be understood, and the cleaning that every cell gets."""

from __future__ import annotations

import re
from dataclasses import dataclass

HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufff9-\ufffc]"
)

# What reading an id trims, refuses or rewrites (see `values.parse_id`), for search by RE2.
ODD_ID = (
    r"^\s|\s$|^\d+\.0$|^\d(\.\d+)?[eE]\+\d+$|"
    r"[\x00-\x1f\x7f-\x{a0}\x{ad}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2064}\x{feff}]"
)

# A moment in UTC to the second or finer, of which the day is the first ten characters; for search by RE2.
UTC_MOMENT = r"\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z"


@dataclass(frozen=True)
class Rules:
    """How this file's text is to be understood."""

    date_order: str = "ymd"
    timezone: str = "UTC"
    decimal: str = "."
    epoch: bool = False


def clean(text: str) -> str:
    """Outer blanks off, invisible characters out, no-break spaces to spaces, one kind of line end."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")).strip()
