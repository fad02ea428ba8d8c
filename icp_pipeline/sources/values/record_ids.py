"""Identifiers as written, or restored from what spreadsheets, BI tools and programs make of them.

An id displayed as a number is read if all of its digits are there. What may be an id of its own (`12E4`,
`A-1.5`) stays as it is.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable

from icp_pipeline.sources.declared.cell_rules import HIDDEN, NULL_WORDS, Rules
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.numerals import in_ascii

_AROUND = " \t\r\n\u00a0\ufeff"
_ANY_CONTROL = re.compile("[\x00-\x1f\u00a0]")
_GUARDED = re.compile(r"=?(\"+)([^\"]*)\1|'([^']*)'?", re.DOTALL)
_GUARDS = ("=", '"', "'")
# Ukrainian and Bulgarian programs write a Cyrillic letter.
_SCIENTIFIC = re.compile(r"(\d)[.,](\d+)[eE\u0415]\+?(\d{1,2})")
_ROUNDED = re.compile(r"\d[eE]\+\d+")
_POWER = re.compile(r"\d[\d.,]*(?:\u00d710\^?|\u0623\u0633)-?\d+")
_WHOLE = re.compile(r"(\d+)[.,](0+)")
_GROUPED = re.compile(r"(?:[1-9]\d{0,2}(?:([., '])\d{3})(?:\1\d{3})*|[1-9]\d?(?:,\d\d)+,\d{3})(?:[.,]0{1,2})?")
# Some Swiss programs group only the last three digits; no real id has an apostrophe.
_APOSTROPHES = re.compile(r"[1-9]\d*(?:'\d{3})+")
_SHEET_ERROR = re.compile(r"#(?:[^\W\d_]|[/0 ])+[!?]|#NV")
_MAY_BE_LIST = re.compile(r"[;,|\n\[{( ]")
# Without blanks, and with a digit or a dot: an id or a domain, not part of a name.
_ID_OF_LIST = re.compile(r"(?=.*[\d.])[\w.:-]+")
_HIDDEN = "hidden or control character inside an id"
# A double keeps fifteen digits for certain, and so does a spreadsheet.
_CERTAIN = 15
_MANY_DIGITS = 4


def parse_id(text: str, rules: Rules) -> str | None:
    """An identifier; invisible characters inside make it unusable, because no join would ever find it."""
    text = unguarded(text).strip(_AROUND)
    if text.startswith("[") and text.endswith("]"):
        text = _only_item(text)
    if not text:
        return None
    if text.isascii() and text.isalnum():
        return text  # most ids: nothing can be hidden in them, and only plain digits are numbers
    if HIDDEN.search(text):
        raise Unusable(_HIDDEN)
    shown = _from_number(in_ascii(text), rules) if text[0].isdecimal() else None
    if shown:
        return shown
    if _ANY_CONTROL.search(text):
        raise Unusable(_HIDDEN)
    if text[0] == "#" and _SHEET_ERROR.fullmatch(text):
        raise Unusable("a spreadsheet's error in place of an id")
    return text


def _only_item(text: str) -> str:
    items = list(list_items(text, commas=True, is_ids=True))
    if len(items) > 1:
        raise Unusable("a list where one id is expected: export one id per cell")
    return unguarded(items[0]) if items else ""


def unguarded(text: str) -> str:
    """The cell without the guard that keeps a spreadsheet from reading a number: `="007"`, `'007`, `"007"`."""
    text = text.strip(_AROUND)
    guarded = _GUARDED.fullmatch(text) if text[:1] in _GUARDS else None
    return (guarded[2] if guarded[1] else guarded[3]) if guarded else text


def _from_number(text: str, rules: Rules) -> str | None:
    """The digits of an id displayed as a number; None if it may be an id of its own."""
    if text.isdecimal():
        return text
    scientific = _SCIENTIFIC.fullmatch(text)
    if scientific:
        return _certain(_unfolded(*scientific.groups()))
    if _ROUNDED.fullmatch(text):
        raise Unusable("id in scientific notation with digits missing: export it again as text")
    if _POWER.fullmatch(text):
        raise Unusable("id in scientific notation: export it again as text")
    grouped = _GROUPED.fullmatch(text)
    if grouped:
        return _ungrouped(text, grouped[1] or ",", rules)
    if _APOSTROPHES.fullmatch(text):
        return _certain(text.replace("'", ""))
    whole = _WHOLE.fullmatch(text)
    return _certain(whole[1]) if whole else None


def _unfolded(first: str, others: str, exponent: str) -> str:
    places = int(exponent)
    if len(others) < places:
        raise Unusable("id in scientific notation with digits missing: export it again as text")
    if others[places:].strip("0"):
        raise Unusable("id in scientific notation that is not a whole number: export it again as text")
    return first + others[:places]


def _ungrouped(text: str, by: str, rules: Rules) -> str:
    # A single dot may be a decimal point, or part of an id such as 1.100 beside another that is 1100.
    is_decimal = by == (rules.decimal or ".")
    if text.count(by) == 1 and is_decimal:
        raise Unusable("an id with decimals or thousands: shown as a number, export it again as text")
    digits = text.replace(by, "")
    return _certain(re.split("[.,]", digits)[0])


def _certain(digits: str) -> str:
    if len(digits) > _CERTAIN:
        raise Unusable("an id of more than 15 digits, shown as a number: its last ones may be lost, export it as text")
    return digits


def parse_id_list(text: str, rules: Rules) -> str | None:
    """The distinct ids of a list cell in their order, joined by `;`."""
    items = (item for item in id_items(text) if item.strip().casefold() not in NULL_WORDS)
    found = (parse_id(item, rules) for item in items)
    return ";".join(dict.fromkeys(item for item in found if item)) or None


def id_items(text: str) -> Iterable[str]:
    """The items of a cell of ids or domains, in any list format; raises Unusable if it may be one number."""
    bare = unguarded(text)
    if "," in bare and _GROUPED.fullmatch(bare):
        raise Unusable("ids with commas before three digits: one number or several? Export them as text")
    return list_items(bare, commas=True, is_ids=True)


def first_id(text: str) -> str:
    """The first of several ids in a cell; any other text unchanged, such as a name with a comma."""
    if not _MAY_BE_LIST.search(text):
        return text
    try:
        items = [unguarded(item) for item in id_items(text)]
    except Unusable:
        return text
    items = [item for item in items if item and item.casefold() not in NULL_WORDS]
    is_list = len(items) > 1 and all(_ID_OF_LIST.fullmatch(item) for item in items)
    return items[0] if is_list else text


def list_items(text: str, commas: bool, is_ids: bool = False) -> Iterable[str]:
    """The items of a JSON or Python list, else of a `;` list, else, if the vendor writes those, of a `,` list."""
    text = text.strip()
    if text[:1] + text[-1:] in (("[]", "{}", "()") if is_ids else ("[]",)):
        found = _written_list(text)
        if found is not None:
            return found
        text, commas = text[1:-1].replace('"', "").replace("'", ""), True
    for mark in (";", "|", "\n") if is_ids else (";",):
        if mark in text:
            return text.split(mark)
    if commas and "," in text:
        return text.split(",")
    pieces = text.split() if is_ids else []
    are_ids = all(piece.isdigit() and len(piece) > _MANY_DIGITS for piece in pieces)
    return pieces if pieces and are_ids else [text]


def _written_list(text: str) -> list[str] | None:
    """The items of a JSON or Python list; numbers keep their digits. None if it is not a list."""
    found = _evaluated(text)
    if isinstance(found, set):
        # PostgreSQL's array format, in an order that Python does not keep.
        found = _evaluated(f"[{text[1:-1]}]")
    if isinstance(found, dict):
        found = found.get("results", [found])
    if found is None:
        return None
    items = found if isinstance(found, (list, tuple)) else [found]
    return [str(_named(item)) for item in items if item is not None]


def _evaluated(text: str) -> object:
    try:
        return json.loads(text, parse_float=str)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def _named(item: object) -> object:
    """An object in a list is replaced by its id."""
    return item.get("id", item) if isinstance(item, dict) else item
