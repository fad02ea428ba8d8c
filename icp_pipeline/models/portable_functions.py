"""Functions that give the same on other engines: each was tried on Spark, cell by cell.

`tests/spark/test_expressions_on_spark.py` runs every one of them on odd texts, ties and blanks; what is not on the list
is refused, because many give something else there without an error (`reverse`, `dayname`, `log`, `any_value`).
"""

from __future__ import annotations

from sqlglot import exp

TRIED: frozenset[type[exp.Expr]] = frozenset(
    {
        # Of texts.
        *(exp.Concat, exp.ConcatWs, exp.Contains, exp.EndsWith, exp.Length, exp.Levenshtein, exp.Lower, exp.MD5),
        *(exp.RegexpLike, exp.Replace, exp.SplitPart, exp.StartsWith, exp.StrPosition, exp.Substring, exp.Translate),
        *(exp.Trim, exp.Upper),
        # Of numbers.
        *(exp.Abs, exp.Ceil, exp.Exp, exp.Floor, exp.Ln, exp.Pow, exp.Round, exp.Sign, exp.Sqrt),
        # Of days and moments.
        *(exp.DateDiff, exp.Extract, exp.Quarter, exp.TimestampTrunc, exp.Year),
        # Of any value.
        *(exp.And, exp.Case, exp.Cast, exp.Coalesce, exp.Exists, exp.Greatest, exp.If, exp.Least, exp.Nullif, exp.Or),
        exp.TryCast,
        # Of many rows.
        *(exp.Avg, exp.Count, exp.GroupConcat, exp.LogicalAnd, exp.LogicalOr, exp.Max, exp.Min, exp.Sum),
        *(exp.DenseRank, exp.FirstValue, exp.Lag, exp.LastValue, exp.Lead, exp.Rank, exp.RowNumber),
    }
)
_NOT_PORTABLE = (
    exp.Anonymous,
    exp.AnonymousAggFunc,
    exp.Lambda,
    exp.Unnest,
    exp.Explode,
    exp.Array,
    exp.Struct,
    exp.TableSample,
    exp.Lateral,
    exp.Bracket,
    exp.Collate,
    exp.SimilarTo,
)
# Others are counted from another day, or are no numbers.
UNITS = ("year", "quarter", "month", "week", "day", "doy", "hour", "minute")


def differs(node: exp.Expr) -> str | None:
    """Why other engines may give something else for this part of a model; None if they do not."""
    if isinstance(node, _NOT_PORTABLE) or (isinstance(node, exp.Join) and node.args.get("method")):
        return "other engines do not have it; use portable SQL"
    if isinstance(node, exp.Func) and type(node) not in TRIED:
        return "other engines do not have it, or it was not tried there; use functions that other models use"
    if isinstance(node, exp.Extract) and node.name.lower() not in UNITS:
        return f"other engines count it differently; extract one of {', '.join(UNITS)}"
    if isinstance(node, exp.Round) and isinstance(node.args.get("decimals"), exp.Neg):
        return "Spark does not round to tens; divide, round and multiply"
    if isinstance(node, exp.Substring) and _is_below_one(node.args.get("start")):
        return "engines begin at different letters; count from 1"
    if isinstance(node, exp.SplitPart) and (_is_below_one(node.args["part_index"]) or not _has_text(node)):
        return "engines split differently; name what stands between the parts, and count from 1"
    if isinstance(node, exp.Window) and isinstance(node.this, exp.Count) and isinstance(node.this.this, exp.Distinct):
        return "Spark counts no distinct values in a window; count them in a CTE"
    return None


def _is_below_one(number: exp.Expr | None) -> bool:
    return isinstance(number, exp.Neg) or (isinstance(number, exp.Literal) and number.name == "0")


def _has_text(node: exp.SplitPart) -> bool:
    between = node.args["delimiter"]
    return not isinstance(between, exp.Literal) or bool(between.name)
