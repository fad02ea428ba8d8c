"""Errors in `icp.yaml`, in the words of people who write YAML, not of a program's types."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

import yaml

_DAY = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}\b")
_LONGEST = 60
# By the start of a validation error's type.
_EXPECTED = (
    ("date", "a day such as 2026-11-21"),
    ("int", "a whole number"),
    ("float", "a number"),
    ("finite_number", "a number"),
    ("bool", "true or false"),
    ("string_type", "a text (in quotes where it looks like a number or a date)"),
    ("list_type", "a list such as [a, b]"),
    ("tuple_type", "a list such as [a, b]"),
    ("dict_type", "lines of `key: value` below it"),
    ("model", "lines of `key: value` below it"),
    ("greater_than_equal", "at least {ge:g}"),
    ("greater_than", "more than {gt:g}"),
    ("less_than_equal", "at most {le:g}"),
    ("less_than", "less than {lt:g}"),
    ("literal_error", "{expected}"),
)


def value_problem(item: Mapping[str, Any]) -> str:
    """One validation error of pydantic as `expected a whole number, found 'many'`."""
    if item["type"] == "missing":
        return "is required, but missing"
    if item["type"] == "too_short":
        return "is empty: expected at least one entry"
    for kind, words in _EXPECTED:
        if str(item["type"]).startswith(kind):
            return f"expected {words.format(**item.get('ctx', {}))}, found {_shown(item['input'])}"
    return str(item["msg"]).removeprefix("Value error, ")


def yaml_problem(error: Exception, text: str) -> tuple[int | None, str]:
    """The line of a file that is not YAML, if known, and what is wrong there."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        return (mark.line + 1 if mark else None), said
    for number, line in enumerate(text.splitlines(), start=1):
        for day in _DAY.findall(line.partition("#")[0]):
            if not _is_day(day):
                return number, f"{day} is not a calendar day"
    return None, " ".join(str(error).split())


def _is_day(text: str) -> bool:
    try:
        datetime.date(*map(int, text.split("-")))
    except ValueError:
        return False
    return True


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "lines of `key: value`"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
