"""Reads the `#tags` at the end of a column's comment, and knows which tags there are."""

from __future__ import annotations

import re
from collections.abc import Callable

from icp_pipeline.errors import nearest
from icp_pipeline.models.model import Severity, Tag
from icp_pipeline.names import TableName

# Tags of a whole table: see `Model.partition_column`.
BY, COMPARED_BY = "by", "compared_by"
OF_TABLES = (BY, COMPARED_BY)
TAG = re.compile(r"(?<![\w&/])#([a-z_]+)(\[[^\]]*\])?(![a-z]+)?")


def split_comment(comment: str) -> tuple[str, tuple[Tag, ...]]:
    """The words of a comment, and its tags. Raises ValueError for a tag that would check nothing."""
    found = list(TAG.finditer(comment))
    if not found:
        return " ".join(comment.split()), ()
    leftover = TAG.sub("", comment[found[0].start() :]).strip()
    if leftover:
        raise ValueError(f"'{leftover[:40]}' comes after a tag: tags come last in a column's comment")
    return " ".join(comment[: found[0].start()].split()), tuple(_tag(match) for match in found)


def count_tags(comment: str) -> int:
    """How many tags a comment has."""
    return len(TAG.findall(comment))


def _tag(match: re.Match[str]) -> Tag:
    name, args_text, suffix = match.groups()
    if name not in _RULES:
        raise ValueError(
            f"#{name} is not a tag.{nearest(name, _RULES)} Known: {', '.join('#' + rule for rule in _RULES)}"
        )
    if suffix not in (None, "!warn"):
        raise ValueError(f"'{suffix}' after #{name} means nothing: only !warn is known, no suffix is critical")
    args = tuple(part.strip() for part in args_text[1:-1].split(",")) if args_text else ()
    problem = _RULES[name](args)
    if problem:
        raise ValueError(f"#{name}{args_text or ''}: {problem}")
    severity: Severity = "warning" if suffix else "critical"
    return Tag(name, args, severity)


def _nothing(args: tuple[str, ...]) -> str | None:
    return "takes no arguments" if args else None


def _words(args: tuple[str, ...]) -> str | None:
    return None if args and all(args) else "needs words in brackets, such as [a,b]"


def _column(args: tuple[str, ...]) -> str | None:
    return None if len(args) == 1 and args[0] else "needs one column, such as [account_id]"


def _bounds(args: tuple[str, ...]) -> str | None:
    try:
        low, high = (float(arg) for arg in args)
    except ValueError:
        return "needs two numbers, such as [0,1]"
    return None if low <= high else "its lower bound is above the upper one"


def _table(args: tuple[str, ...]) -> str | None:
    try:
        TableName.parse(*args)
    except (ValueError, TypeError):
        return "needs one table, such as [core.accounts]"
    return None


def _table_column(args: tuple[str, ...]) -> str | None:
    table, _, column = args[0].rpartition(".") if len(args) == 1 else ("", "", "")
    return "needs one column, such as [core.accounts.account_id]" if _table((table,)) or not column else None


_RULES: dict[str, Callable[[tuple[str, ...]], str | None]] = {
    "not_null": _nothing,
    "unique": _nothing,
    "unique_with": _words,
    "accepted": _words,
    "between": _bounds,
    "finite": _nothing,
    "references": _table_column,
    "same_count_as": _table,
    BY: _column,
    COMPARED_BY: _column,
}
