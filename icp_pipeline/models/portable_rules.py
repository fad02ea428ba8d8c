"""The rules of `icp check` that need types: what another engine lacks or would understand differently.

Typing 280 models takes seconds, and they change less often than they are checked: findings are kept by the text of a
model, the types of what it reads and the code that judges.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from icp_pipeline.code_digest import code_digest
from icp_pipeline.kept_json import kept_file, read_kept, write_kept
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Finding, Model, line_of
from icp_pipeline.models.portable import TARGETS, Types, for_target, is_decimal, is_double, is_whole_type, typed

KEPT = kept_file("portable_findings.json")
# Told by DuckDB's own types, because sqlglot's of sums are narrower.
_TOO_WIDE = {"HUGEINT": "bigint", "UHUGEINT": "bigint"}
_JOINS = (exp.DPipe, exp.Concat, exp.ConcatWs)
_PRINTS_A_DOUBLE = (
    "turns a double into text, which every engine prints differently: cast it to a decimal first, such as "
    "cast(round(x, 2) as decimal(9, 2))"
)
_KEEP_WHOLE = (exp.Coalesce, exp.Greatest, exp.Least, exp.Max, exp.Min, exp.Sum, exp.Paren, exp.Neg, exp.Abs)


def portable_findings(graph: ModelGraph, types: Types, kept: Path = KEPT) -> list[Finding]:
    """What a target lacks or would understand differently, by file and line; `types` are DuckDB's, for every table."""
    key = f"sqlglot {version('sqlglot')} {code_digest(Path(__file__).parent).hex()}"
    before: dict[str, list[tuple[int, str]]] = read_kept(kept, key) or {}
    judged: dict[str, list[tuple[int, str]]] = {}
    findings: list[Finding] = []
    for model in graph.models.values():
        text = _all_that_counts(model, types)
        judged[text] = before[text] if text in before else list(_judged(model, types))
        findings += [Finding(model.path, line, message) for line, message in judged[text]]
    if judged != before:
        write_kept(kept, key, judged)
    return sorted(findings, key=lambda finding: (str(finding.path), finding.line))


def _all_that_counts(model: Model, types: Types) -> str:
    read = {str(table): dict(types[table]) for table in (model.name, *model.depends_on)}
    return hashlib.sha256(f"{model.sql}\n{read}".encode()).hexdigest()


def _judged(model: Model, types: Types) -> Iterator[tuple[int, str]]:
    yield from _columns_of_no_other_engine(model, types)
    tree = typed(model, types)
    for cast in tree.find_all(exp.Cast):
        message = _rounds_by_chance(cast)
        if message:
            yield line_of(cast), message
    for node in tree.find_all(exp.Cast, *_JOINS):
        if any(map(is_double, _made_text(node))):
            yield line_of(node), _PRINTS_A_DOUBLE
    for difference in tree.find_all(exp.Sub):
        if all(side.is_type(*exp.DataType.TEMPORAL_TYPES) for side in (difference.left, difference.right)):
            yield line_of(difference), "subtracts dates or times, which gives no number on other engines: use date_diff"
    for union in tree.find_all(exp.SetOperation):
        yield from _decimals_beside_doubles(union)
    for target in TARGETS:
        yield from _untranslated(tree.copy(), target)


def _decimals_beside_doubles(union: exp.SetOperation) -> Iterator[tuple[int, str]]:
    """The column is a double, which sqlglot does not know: what is computed from it would be rounded as a decimal."""
    for above, below in _columns_united(union):
        if any(map(is_decimal, (above, below))) and any(map(is_double, (above, below))):
            yield (
                line_of(below),
                f"column {above.alias_or_name} is a decimal in one part of a union and a double in another, so engines "
                "round what is computed from it differently: cast both to the same type",
            )


def _columns_united(union: exp.SetOperation) -> Iterable[tuple[exp.Expr, exp.Expr]]:
    above, below = union.left.selects, union.right.selects
    if not union.args.get("by_name"):
        # As many above as below: DuckDB, which was asked for the types before, refuses all else.
        return zip(above, below, strict=True)
    named = {column.alias_or_name: column for column in below}
    return [(column, named[column.alias_or_name]) for column in above if column.alias_or_name in named]


def _columns_of_no_other_engine(model: Model, types: Types) -> Iterator[tuple[int, str]]:
    for column in model.columns:
        kind = types[model.name].get(column.name, "")
        if kind in _TOO_WIDE:
            yield (
                column.line,
                f"column {column.name} is a {kind}, which no other engine has: write cast(... as {_TOO_WIDE[kind]})",
            )


def _rounds_by_chance(node: exp.Cast) -> str | None:
    value = node.this
    if node.to.this not in exp.DataType.INTEGER_TYPES or _is_whole(value):
        return None
    if not is_decimal(value) and not is_double(value):
        return None
    kind = value.type.sql("duckdb") if value.type else "number"
    return (
        f"casts a {kind} to {node.to.sql('duckdb')}: DuckDB rounds, Spark cuts. Say which: round(...), floor(...) or "
        "ceil(...) inside the cast"
    )


def _is_whole(node: exp.Expr) -> bool:
    """Whether the value is known to have no decimals."""
    if is_whole_type(node) or isinstance(node, exp.Null):
        return True
    if isinstance(node, exp.Round):
        return node.args.get("decimals") is None or node.args["decimals"].name == "0"
    if isinstance(node, exp.Floor | exp.Ceil | exp.Trunc):
        return True
    if isinstance(node, exp.Cast):
        return _is_whole(node.this)
    if isinstance(node, exp.Literal):
        return node.is_int
    if isinstance(node, exp.Add | exp.Sub | exp.Mul):
        return _is_whole(node.left) and _is_whole(node.right)
    if isinstance(node, exp.Case):
        results = [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default") or exp.null()]
        return all(map(_is_whole, results))
    if isinstance(node, _KEEP_WHOLE):
        return all(_is_whole(part) for part in (node.this, *node.expressions))
    return False


def _made_text(node: exp.Expr) -> list[exp.Expr]:
    """What becomes part of a text: what is cast to one, or joined to one, whose numbers DuckDB casts by itself."""
    if isinstance(node, exp.Cast):
        return [node.this] if node.to.this in exp.DataType.TEXT_TYPES else []
    return [node.left, node.right] if isinstance(node, exp.DPipe) else node.expressions


def _untranslated(tree: exp.Query, target: str) -> Iterator[tuple[int, str]]:
    tree = for_target(tree, target)
    try:
        tree.sql(dialect=target, unsupported_level=ErrorLevel.RAISE)
        return
    except SqlglotError as error:
        whole = error
    # The smallest part that fails by itself is the one to change.
    for node in reversed(list(tree.walk())):
        try:
            node.sql(dialect=target, unsupported_level=ErrorLevel.RAISE)
        except SqlglotError as error:
            yield line_of(node), f"does not translate to {target}: {' '.join(str(error).split())}"
            return
    yield 1, f"does not translate to {target}: {' '.join(str(whole).split())}"
