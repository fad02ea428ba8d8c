"""How the text of one file is read, and the cleaning that every cell gets."""

from __future__ import annotations

import re
from dataclasses import dataclass

HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufff9-\ufffc]"
)

# What databases, data frames and spreadsheets write for a missing value, in any case.
NULL_WORDS = frozenset(
    {"null", "(null)", "<null>", "\\n", "none", "(none)", "nan", "nat", "<na>", "n/a", "#n/a", "undefined", "-", "--"}
    | {"\u2013", "\u2014", "(blank)", "(empty)", "(no value)"}
)

# What reading an id trims, rejects, rewrites or treats as missing (see `record_ids`), as an RE2 pattern.
ODD_ID = (
    r"""[^!-~]|^["'=#[]|^\d+[.,']\d|^\d[eE]\+\d|"""
    r"^(?i:null|\(null\)|<null>|\\n|none|\(none\)|nan|nat|<na>|n/a|undefined|--?|\(blank\)|\(empty\))$"
)
LONGEST_NULL_WORD = max(map(len, NULL_WORDS))

# A UTC timestamp to the second or finer, whose first ten characters are the date; as an RE2 pattern.
UTC_MOMENT = r"\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z"


@dataclass(frozen=True)
class Rules:
    """How this file's text is to be understood.

    `decimal` is None where nobody declared it; `mixed` marks a column in which both conventions were seen. `fractions`:
    counts are in thousands or another declared unit, so they may have one.
    """

    date_order: str = "ymd"
    timezone: str = "UTC"
    decimal: str | None = None
    epoch: bool = False
    mixed: bool = False
    fractions: bool = False


def clean(text: str) -> str:
    """Trim, remove invisible characters, and normalise no-break spaces and line ends."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")).strip()
