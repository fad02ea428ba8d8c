"""Cells already in normal form, found a column at a time: most are, and need no parser.

Every function here marks a cell only if the parser of its type would return the same value; all others, right or
wrong, are left to the parser.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sources.declared.cell_rules import ODD_ID, Rules
from icp_pipeline.sources.values.domains import deep_suffixes, no_company_hosts
from icp_pipeline.sources.values.salesforce_ids import ALPHABET

_DAY = r"^\d{4}-\d{2}-\d{2}$"
# A timestamp; without a zone, the declared one must be UTC.
_MOMENT = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.0+)?)?"
_UTC = " ?(Z|UTC)"
_WHOLE_NUMBER = r"^(0|[1-9]\d{0,11})$"
_COUNT = r"^(0|[1-9]\d{0,11})(\.0{1,2})?$"
_NUMBER = r"^(0|[1-9]\d{0,11})(\.\d{1,9})?$"
# Without a declared decimal convention, a dot before exactly three digits may mean thousands.
_CERTAIN_NUMBER = r"^(0|[1-9]\d{0,11})(\.(\d{1,2}|\d{4,9}))?$|^(0|[1-9]\d{3,11})\.\d{3}$"
# A number, the significant part of its fraction, and the rest.
_DIGITS = r"^(\d+(?:\.\d*[1-9])?)\.?0*$"
# A host right below its top-level domain, which is letters, so that it is not an IP address.
_DOMAIN = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.[a-z]{2,63}$"
_TEXT = r"^[!-~]([ -~]*[!-~])?$"
# Limits for the years of dates, as text.
_FIRST, _BEYOND = "1950", "2101"

Found = tuple[pa.Array, pa.Array]


def plain_cells(raw: pa.Array, type_: str, rules: Rules, nulls: frozenset[str]) -> Found | None:
    """Which cells are in normal form, and their values; None if that cannot be decided for the type."""
    find = _FINDERS.get(type_)
    found = find(raw, rules) if find else None
    if found is None:
        return None
    is_plain = pc.fill_null(found[0], False)
    if nulls:
        is_plain = pc.and_(is_plain, pc.invert(pc.is_in(raw, pa.array(sorted(nulls), pa.string()))))
    return is_plain, found[1]


def _ids(raw: pa.Array, rules: Rules) -> Found:
    is_odd = pc.match_substring_regex(raw, ODD_ID)
    return pc.and_(pc.not_equal(raw, ""), pc.invert(is_odd)), raw


def _keys(raw: pa.Array, rules: Rules) -> Found:
    """A key that may be a Salesforce account's is valid only with the right checksum."""
    is_id, _ = _ids(raw, rules)
    return pc.if_else(pc.starts_with(raw, "001"), _salesforce_ids(raw, rules)[0], is_id), raw


def _salesforce_ids(raw: pa.Array, rules: Rules) -> Found:
    """Eighteen characters whose last three say which of the others are upper case."""
    has_form = pc.fill_null(pc.match_substring_regex(raw, "^[A-Za-z0-9]{18}$"), False)
    cells = raw.filter(has_form)
    letters = np.frombuffer(cells.buffers()[2] or b"", dtype=np.uint8)[: 18 * len(cells)].reshape(-1, 18)
    upper = (letters[:, :15] >= ord("A")) & (letters[:, :15] <= ord("Z"))
    # The first character of a block of five is its lowest bit.
    codes = upper.reshape(-1, 3, 5) @ np.array([1, 2, 4, 8, 16])
    expected = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)[codes]
    is_plain = np.zeros(len(raw), dtype=bool)
    is_plain[np.flatnonzero(has_form)] = (letters[:, 15:] == expected).all(axis=1)
    return pa.array(is_plain), raw


def _texts(raw: pa.Array, rules: Rules) -> Found:
    return pc.match_substring_regex(raw, _TEXT), raw


def _numbers(raw: pa.Array, rules: Rules) -> Found:
    if rules.decimal == ",":
        return pc.match_substring_regex(raw, _WHOLE_NUMBER), raw
    is_plain = pc.match_substring_regex(raw, _NUMBER if rules.decimal else _CERTAIN_NUMBER)
    return is_plain, pc.replace_substring_regex(raw, _DIGITS, r"\1")


def _counts(raw: pa.Array, rules: Rules) -> Found:
    """A count has no fraction, unless a program shows whole numbers with one."""
    is_plain = pc.match_substring_regex(raw, _WHOLE_NUMBER if rules.decimal == "," else _COUNT)
    return is_plain, pc.replace_substring_regex(raw, _DIGITS, r"\1")


def _days(raw: pa.Array, rules: Rules) -> Found | None:
    is_day = pc.match_substring_regex(raw, _DAY)
    days = pc.if_else(is_day, raw, None)
    return (_in_years(days), days) if _exist(days, pa.date32()) else None


def _moments(raw: pa.Array, rules: Rules) -> Found | None:
    zone = f"({_UTC})?$" if rules.timezone == "UTC" else f"{_UTC}$"
    is_moment = pc.match_substring_regex(raw, _MOMENT + zone)
    moments = pc.if_else(is_moment, raw, None)
    to_minute = pc.utf8_slice_codeunits(moments, 0, 16)
    seconds = pc.utf8_slice_codeunits(moments, 16, 19)
    seconds = pc.if_else(pc.starts_with(seconds, ":"), seconds, ":00")
    moments = pc.binary_replace_slice(pc.binary_join_element_wise(to_minute, seconds, ""), 10, 11, " ")
    return (_in_years(moments), moments) if _exist(moments, pa.timestamp("s")) else None


def _domains(raw: pa.Array, rules: Rules) -> Found:
    """A name right below a top-level domain without suffixes of its own; not suffixes, mail providers and the like."""
    has_form = pc.match_substring_regex(raw, _DOMAIN)
    top_level = pc.replace_substring_regex(raw, r"^[^.]*\.", "")
    is_other = pc.or_(pc.is_in(top_level, _texts_of(deep_suffixes())), pc.is_in(raw, _texts_of(no_company_hosts())))
    is_other = pc.or_(is_other, pc.match_substring(raw, "xn--"))
    return pc.and_(has_form, pc.invert(is_other)), raw


@cache
def _texts_of(words: frozenset[str]) -> pa.Array:
    return pa.array(sorted(words), pa.string())


def _exist(texts: pa.Array, type_: pa.DataType) -> bool:
    """Whether all of them are valid dates; if not, each is checked by itself."""
    try:
        pc.cast(texts, type_)
    except pa.ArrowInvalid:
        return False
    return True


def _in_years(texts: pa.Array) -> pa.Array:
    return pc.and_(pc.greater_equal(texts, _FIRST), pc.less(texts, _BEYOND))


_FINDERS: dict[str, Callable[[pa.Array, Rules], Found | None]] = {
    "id": _ids,
    "key": _keys,
    "sf_id": _salesforce_ids,
    "text": _texts,
    "number": _numbers,
    "count": _counts,
    "money": _numbers,
    "range": _counts,
    "money_range": _numbers,
    "date": _days,
    "day": _days,
    "datetime": _moments,
    "domain": _domains,
}
