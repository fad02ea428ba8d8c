"""Conditions of a filter in normal form: any of several clauses, each of terms that all must hold.

A term is one condition on one column. Unknown values match no term but `is null`, so that "not" can be moved down to
the terms without changing which accounts are members (three-valued logic, where unknown is not a member).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Value = str | float
Clause = tuple["Term", ...]
# `[]` never holds, `[()]` always does.
Clauses = list[Clause]

MAX_CLAUSES = 500
NEVER: Clauses = []
ALWAYS: Clauses = [()]

_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPARE: dict[str, Callable[[Value, Value], bool]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,  # type: ignore[operator]
    "<=": lambda left, right: left <= right,  # type: ignore[operator]
    ">": lambda left, right: left > right,  # type: ignore[operator]
    ">=": lambda left, right: left >= right,  # type: ignore[operator]
}


class FilterError(ValueError):
    """An invalid filter; the message names the error and the nearest known name."""


@dataclass(frozen=True)
class Column:
    """A name that a filter may use: a column of core.accounts, an attribute, or both."""

    name: str
    kind: Literal["text", "number", "boolean", "date", "year"]
    is_account_column: bool
    is_attribute: bool


@dataclass(frozen=True)
class Operand:
    """A column, or a literal in its place, in lower or upper case if the filter says so."""

    column: Column | None
    literal: Value | None = None
    letter_case: str | None = None


@dataclass(frozen=True)
class Term:
    """One condition. It holds if any of the column's values matches any of `values`; negated, if none does."""

    column: Column
    operator: str  # =, <, <=, >, >=, like, is_null
    values: tuple[Value, ...] = ()
    is_negated: bool = False
    letter_case: str | None = None


def mirrored(operator: str) -> str:
    """The operator that means the same with both sides exchanged."""
    return _MIRRORED[operator]


def all_of(left: Clauses, right: Clauses) -> Clauses:
    """Both conditions. Raises FilterError if writing out every combination would be unreadable."""
    if len(left) * len(right) > MAX_CLAUSES:
        raise FilterError(
            f"it combines too many alternatives (more than {MAX_CLAUSES} when written out); use `in` lists, or mark "
            "the accounts in a CRM field of their own"
        )
    return _distinct([tuple(dict.fromkeys([*one, *other])) for one in left for other in right])


def any_of(left: Clauses, right: Clauses) -> Clauses:
    """Either condition."""
    return _distinct([*left, *right])


def condition(operands: tuple[Operand, ...], term: Callable[[Operand], Term]) -> Clauses:
    """A condition on the first known operand, as with `coalesce`."""
    clauses: Clauses = NEVER
    unknown: Clauses = ALWAYS
    for operand in operands:
        if operand.column is None:
            return any_of(clauses, unknown if _holds(operand, term(operand)) else NEVER)
        # A term on an unknown column does not match anyway, so "is known" is not needed beside it.
        clauses = any_of(clauses, all_of(unknown, _one(term(operand))))
        unknown = all_of(unknown, _one(Term(operand.column, "is_null")))
    return clauses


def is_unknown(operands: tuple[Operand, ...], is_negated: bool) -> Clauses:
    """Condition: all operands are unknown; negated, at least one is known."""
    clauses: Clauses = NEVER if is_negated else ALWAYS
    for operand in operands:
        if operand.column is None:
            return ALWAYS if is_negated else NEVER
        own = _one(Term(operand.column, "is_null", is_negated=is_negated))
        clauses = any_of(clauses, own) if is_negated else all_of(clauses, own)
    return clauses


def _one(term: Term) -> Clauses:
    return [(term,)]


def _holds(operand: Operand, term: Term) -> bool:
    """Result of a condition on a literal."""
    value = operand.literal
    assert value is not None
    if isinstance(value, str) and operand.letter_case:
        value = value.lower() if operand.letter_case == "lower" else value.upper()
    if term.operator == "like":
        met = any(re.fullmatch(_pattern(str(item)), str(value), flags=re.DOTALL) for item in term.values)
    else:
        met = any(type(item) is type(value) and _COMPARE[term.operator](value, item) for item in term.values)
    return bool(met) != term.is_negated


def _pattern(like: str) -> str:
    return "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in like)


def _distinct(clauses: Clauses) -> Clauses:
    return list(dict.fromkeys(clauses))
