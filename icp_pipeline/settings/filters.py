"""The filter of an ICP or an audience (`icps.<name>.where`): parsed as SQL, checked against a short list of allowed
expressions, and split into terms. SQL models evaluate them as rows of `settings.filters`; the text is never executed.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from icp_pipeline.errors import nearest
from icp_pipeline.settings.filter_terms import (
    Clauses,
    Column,
    FilterError,
    Operand,
    Term,
    Value,
    all_of,
    any_of,
    condition,
    is_unknown,
    mirrored,
)

_LONGEST = 50_000
_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_ALLOWED = "expected comparisons, in, between, like, is null, and, or, not, lower, upper, coalesce"


def filter_clauses(text: str, columns: Mapping[str, Column]) -> Clauses:
    """The filter in normal form: a list of clauses of which one must hold, each a tuple of terms that all must.

    Raises FilterError for anything but one boolean expression over `columns` and literals.
    """
    try:
        clauses = _Reader(columns).read(_parsed(text), False)
    except RecursionError:
        raise FilterError("it is nested too deeply; write it with `in` lists") from None
    if not clauses:
        raise FilterError("no account can ever match it")
    if () in clauses:
        raise FilterError("every account matches it; omit `where` to include all accounts")
    return clauses


def _parsed(text: str) -> exp.Expr:
    """Parse one expression; raises FilterError for several statements, none, or text that is not SQL."""
    if len(text) > _LONGEST:
        raise FilterError(f"it is longer than {_LONGEST:,} characters; mark the accounts in a CRM field of their own")
    try:
        tokens = sqlglot.tokenize(text, read="duckdb")
        if any(token.token_type == TokenType.SEMICOLON for token in tokens):
            raise FilterError("it holds a semicolon; expected one condition, such as region = 'EMEA'")
        found = sqlglot.parse(text, read="duckdb")
    except SqlglotError as error:
        raise FilterError(
            f"it is not a SQL condition ({_first_line(error)}); expected such as region = 'EMEA'"
        ) from None
    if len(found) != 1 or found[0] is None:
        raise FilterError("it is empty; expected a condition, such as region = 'EMEA'")
    return found[0]


class _Reader:
    """Turns an expression into clauses; `is_negated` is carried down to the terms."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns

    def read(self, node: exp.Expr, is_negated: bool) -> Clauses:
        """A boolean expression as clauses."""
        if isinstance(node, exp.Paren):
            return self.read(node.this, is_negated)
        if isinstance(node, exp.Not):
            return self.read(node.this, not is_negated)
        if isinstance(node, exp.And | exp.Or):
            join = all_of if isinstance(node, exp.And) != is_negated else any_of
            return join(self.read(node.this, is_negated), self.read(node.expression, is_negated))
        return self._condition(node, is_negated)

    def _condition(self, node: exp.Expr, is_negated: bool) -> Clauses:
        if isinstance(node, exp.Between):
            _only(node, "this", "low", "high")
            low = self._compared(node.this, ">=", [node.args["low"]], is_negated)
            high = self._compared(node.this, "<=", [node.args["high"]], is_negated)
            return any_of(low, high) if is_negated else all_of(low, high)
        if isinstance(node, exp.In):
            _only(node, "this", "expressions")
            if not node.expressions:
                raise _refused(node, "the list of `in` is empty")
            return self._compared(node.this, "=", node.expressions, is_negated)
        if isinstance(node, exp.Like):
            _only(node, "this", "expression", "negate")
            opposite = bool(node.args.get("negate")) != is_negated
            return self._compared(node.this, "like", [node.expression], opposite)
        if isinstance(node, exp.Is):
            return self._unknown(node, is_negated)
        if type(node) in _COMPARISONS:
            return self._comparison(node, is_negated)
        return self._flag(node, is_negated)

    def _unknown(self, node: exp.Expr, is_negated: bool) -> Clauses:
        if not isinstance(node.expression, exp.Null):
            raise _refused(node, "`is` works only with null: write is null, is not null, or = true")
        return is_unknown(self._operands(node.this), is_negated)

    def _comparison(self, node: exp.Expr, is_negated: bool) -> Clauses:
        left, right, operator = node.this, node.expression, _COMPARISONS[type(node)]
        if _is_literal(left) and not _is_literal(right):
            left, right, operator = right, left, mirrored(operator)
        return self._compared(left, operator, [right], is_negated != isinstance(node, exp.NEQ))

    def _flag(self, node: exp.Expr, is_negated: bool) -> Clauses:
        """A yes/no column by itself."""
        if isinstance(node, exp.Column):
            column = self._column(node)
            if column.kind != "boolean":
                raise _refused(node, f"{column.name} is {_kind_name(column)}, so it must be compared with something")
            return [(Term(column, "=", ("true",), is_negated),)]
        raise _refused(node, f"not allowed in a filter; {_ALLOWED}")

    def _compared(self, left: exp.Expr, operator: str, right: list[exp.Expr], is_negated: bool) -> Clauses:
        operands = self._operands(left)
        column = next((operand.column for operand in operands if operand.column), None)
        if column is None:
            raise _refused(left, "a condition must be about a column")

        def term(operand: Operand) -> Term:
            about = operand.column or column
            values = tuple(_value(item, about, operator) for item in right)
            return Term(about, operator, values, is_negated, operand.letter_case)

        return condition(operands, term)

    def _operands(self, node: exp.Expr, letter_case: str | None = None) -> tuple[Operand, ...]:
        """A column, or `coalesce` of several; the outermost of lower and upper counts."""
        if isinstance(node, exp.Paren):
            return self._operands(node.this, letter_case)
        if isinstance(node, exp.Lower | exp.Upper):
            own = "lower" if isinstance(node, exp.Lower) else "upper"
            return self._operands(node.this, letter_case or own)
        if isinstance(node, exp.Coalesce):
            parts = [self._operands(part, letter_case) for part in (node.this, *node.expressions)]
            return tuple(operand for part in parts for operand in part)
        if isinstance(node, exp.Column):
            column = self._column(node)
            if letter_case and column.kind != "text":
                raise _refused(node, f"{column.name} is {_kind_name(column)}, so {letter_case}() does not apply")
            return (Operand(column, None, letter_case),)
        return (Operand(None, _plain(node), letter_case),)

    def _column(self, node: exp.Column) -> Column:
        name = node.name.lower()
        if set(name_parts(node)) != {"this"} or name not in self._columns:
            quoted = " Text goes in single quotes, such as 'EMEA'." if node.this.args.get("quoted") else ""
            known = ", ".join(sorted(self._columns))
            raise FilterError(
                f"unknown column '{node.sql().strip(chr(34))}'.{nearest(name, self._columns)}{quoted} "
                f"Known: columns of core.accounts, and attributes: {known}"
            )
        return self._columns[name]


def name_parts(node: exp.Column) -> list[str]:
    """Which parts a column name has: `this` alone, or table and database before it."""
    return [part for part in ("this", "table", "db", "catalog") if node.args.get(part)]


def _is_literal(node: exp.Expr) -> bool:
    return not any(True for _ in node.find_all(exp.Column))


def _plain(node: exp.Expr) -> Value:
    """A literal; raises FilterError for anything else."""
    if isinstance(node, exp.Lower | exp.Upper) and isinstance(node.this, exp.Literal) and node.this.is_string:
        return str(node.this.this).lower() if isinstance(node, exp.Lower) else str(node.this.this).upper()
    if isinstance(node, exp.Cast) and node.to.is_type(exp.DataType.Type.DATE) and isinstance(node.this, exp.Literal):
        return _iso_date(str(node.this.this), node)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.is_string:
        return -float(node.this.this)
    if isinstance(node, exp.Literal):
        return str(node.this) if node.is_string else float(node.this)
    if isinstance(node, exp.Boolean):
        return "true" if node.this else "false"
    if isinstance(node, exp.Null):
        raise _refused(node, "nothing equals null: write is null or is not null")
    if isinstance(node, exp.Column):
        raise _refused(
            node, "a column must be compared with a literal, not with another column; text goes in single quotes"
        )
    raise _refused(node, f"not allowed in a filter; {_ALLOWED}")


def _value(node: exp.Expr, column: Column, operator: str) -> Value:
    """A literal as the column's kind compares it; raises FilterError if the kinds do not match."""
    value = _plain(node)
    if operator == "like" and column.kind != "text":
        raise _refused(node, f"{column.name} is {_kind_name(column)}, and `like` is for text")
    if _CHECKS[column.kind](node, value):
        return value
    if column.kind == "date" and isinstance(value, str):
        return _iso_date(value, node)
    if column.kind == "year" and str(value).removesuffix(".0").isdigit():
        return str(value).removesuffix(".0")
    raise _refused(node, f"{column.name} is {_kind_name(column)}: write {_EXAMPLES[column.kind]}")


def _iso_date(text: str, node: exp.Expr) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise _refused(node, "no such day; expected year-month-day, such as '2024-01-31'") from None


_CHECKS: dict[str, Callable[[exp.Expr, Value], bool]] = {
    "text": lambda node, value: isinstance(value, str) and not isinstance(node, exp.Boolean),
    "number": lambda _, value: isinstance(value, float),
    "boolean": lambda node, _: isinstance(node, exp.Boolean),
    "date": lambda _, __: False,
    "year": lambda _, __: False,
}
_EXAMPLES = {"text": "'text'", "number": "50", "boolean": "true or false", "date": "'2024-01-31'", "year": "2024"}


def _kind_name(column: Column) -> str:
    names = {
        "text": "text",
        "number": "a number",
        "boolean": "yes or no",
        "date": "a date",
        "year": "known by its year",
    }
    return names[column.kind]


def _only(node: exp.Expr, *allowed: str) -> None:
    """Refuse parts of an operator that would be silently dropped, such as `symmetric`."""
    strange = [name for name, value in node.args.items() if value and name not in allowed]
    if strange:
        raise _refused(node, f"not allowed in a filter; {_ALLOWED}")


def _refused(node: exp.Expr, why: str) -> FilterError:
    text = node.sql(dialect="duckdb", comments=False)
    return FilterError(f"`{text if len(text) <= 80 else text[:77] + '...'}`: {why}")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].split(". Line")[0][:120].rstrip(".")
