"""A model's SELECT in the SQL of another engine, with the same result to the last decimal.

sqlglot alone writes what parses elsewhere; what it means there depends on types. So the text is typed first, with the
columns of the tables it reads, and what the engines understand differently is written out:

- DuckDB divides doubles, others keep decimals of a limited scale: both sides of every division are cast to double.
  So is an average of decimals.
- A timestamp has no zone, and one in a text is ignored; landed texts are in UTC.
- TRY_CAST reads a text if DuckDB would: Spark also takes `1d` for a number, `2024` for a day and `10:30` for today's.
- A cast to a decimal rounds half away from zero; where others cut or refuse, `round` stands before it.
- TRY_CAST stays, where the target can try: Snowflake tries texts only, so other values go through text.
- A double is rounded at its product with a power of ten, as DuckDB has it, and not at the digits that are written for
  it: 2.675, which lies a little below, to 2.67. So it is where a double becomes a decimal.
- A backslash in the pattern of LIKE stands for itself, and a number joined to a text is cast to one.
- `trim` takes away every blank of Unicode, `lower` and `upper` go letter by letter, `levenshtein` counts bytes, and
  `date_diff` counts how often a unit begins.
- A decimal's text has all its decimals; names are quoted, because `trigger` and `account` are reserved elsewhere.

Sessions on Spark need `SPARK_SETTINGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import ErrorLevel, MappingSchema, exp
from sqlglot.dialects import DuckDB
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName

# Where the models must be able to move when the data outgrow one machine.
TARGETS = ("spark", "snowflake", "bigquery")
# What a Spark session must be set to, or results differ: no zones, and products of decimals keep their scale.
# The rule left out breaks a join of a union with a part of itself (4.3: PLAN_VALIDATION_FAILED_RULE_IN_BATCH).
SPARK_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.RemoveRedundantAliases",
}

# DuckDB's types by column, of inputs and models: `INPUTS` and `warehouse.bind.column_types`.
Types = Mapping[TableName, Mapping[str, str]]

# What DuckDB's `trim` takes away: the space separators of Unicode.
_BLANKS = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# Letters that Java does not write letter by letter, and what they become; in `upper` ligatures stay different.
_LOWER, _UPPER = ("\u03a3\u0130", "\u03c3i"), ("\u00df", "\u1e9e")
_TIMESTAMPS = (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ)
# Forms of texts that become numbers, days and moments in DuckDB as in Java, and what Java reads written otherwise.
_DIGITS = r"[+-]?(\d+(_\d+)*\.?\d*|\.\d+)([eE][+-]?\d+)?"
_DAY = r"\s*\d{4}([-/])\d{1,2}\1\d{1,2}"
_CLOCK = r"[T ]([01]?\d|2[0-4]):[0-5]?\d(:[0-5]?\d(\.\d+)?)?\s*([A-Z]\w*(/\w+)*|[+-]\d{2}(:?\d{2})?)?\s*"
_NUMBER = rf"^\s*{_DIGITS}\s*$"
_WHOLE = tuple(exp.DataType.INTEGER_TYPES)
_UNDERSCORES, _SLASHES, _AS_THEY_ARE = ("_", ""), (r"^(\s*\d+)/(\d+)/", "$1-$2-"), ("", "")
_FORMS: dict[tuple[exp.DType, ...], tuple[str, tuple[str, str]]] = {
    _WHOLE: (_NUMBER, _UNDERSCORES),
    (exp.DType.DECIMAL,): (_NUMBER, _UNDERSCORES),
    tuple(exp.DataType.FLOAT_TYPES): (rf"^\s*({_DIGITS}|[+-]?(?i:inf|infinity|nan))\s*$", _UNDERSCORES),
    (exp.DType.BOOLEAN,): (r"^\S+$", _AS_THEY_ARE),
    (exp.DType.DATE,): (rf"^{_DAY}(\s*|{_CLOCK})$", _SLASHES),
    _TIMESTAMPS: (rf"^{_DAY}({_CLOCK})?$", _SLASHES),
}
_TEXT = exp.DataType.build("text")
_DOUBLE = exp.DataType.build("double")


def _literal_type(annotator: Any, node: exp.Literal) -> exp.Expr:
    """A number with a point is a decimal to DuckDB, one with an exponent a double."""
    if node.is_string or node.is_int or "e" in node.name.lower():
        return _SQLGLOTS[exp.Literal]["annotator"](annotator, node)
    return annotator._set_type(node, _decimal(len(node.name.partition(".")[2])))


def _rounded_type(annotator: Any, node: exp.Round | exp.Ceil | exp.Floor) -> exp.Expr:
    """A decimal stays one."""
    if not is_decimal(node.this):
        return annotator._set_type(node, exp.DType.DOUBLE)
    decimals = node.args.get("decimals")
    kept = int(decimals.name) if isinstance(decimals, exp.Literal) else 0
    return annotator._set_type(node, _decimal(min(kept, scale(node.this.type))))


def _type_of_several(annotator: Any, node: exp.Expr) -> exp.Expr:
    """A number is a double when one of its parts is; sqlglot prefers the decimal, because it has digits."""
    _SQLGLOTS[type(node)]["annotator"](annotator, node)
    is_choice = isinstance(node, exp.Case | exp.If)
    parts = [branch.args["true"] for branch in node.args.get("ifs", ())] if is_choice else [node.this]
    parts += [*node.expressions, *(node.args.get(name) for name in ("expression", "true", "false", "default"))]
    has_a_double = any(part and is_double(part) for part in parts)
    if has_a_double and (is_decimal(node) or is_whole_type(node)):
        annotator._set_type(node, exp.DType.DOUBLE)
    return node


def _type_of_the_first(annotator: Any, node: exp.Nullif | exp.Lag | exp.Lead) -> exp.Expr:
    """What it is compared with or replaced by does not count."""
    return annotator._set_type(node, node.this.type)


def _decimal(decimals: int) -> exp.DataType:
    return exp.DataType.build(f"decimal(38, {decimals})")


_SQLGLOTS = DuckDB.EXPRESSION_METADATA
_TYPED_BY = {
    _literal_type: (exp.Literal,),
    _rounded_type: (exp.Round, exp.Ceil, exp.Floor),
    _type_of_several: (exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least),
    _type_of_the_first: (exp.Nullif, exp.Lag, exp.Lead),
}
# What sqlglot does not say of its own; a sum of decimals has all 38 digits, one of integers is as wide.
_METADATA: dict[Any, Any] = {
    **_SQLGLOTS,
    **{kind: {"annotator": annotator} for annotator, kinds in _TYPED_BY.items() for kind in kinds},
    exp.Div: {"returns": exp.DType.DOUBLE},
    exp.Replace: {"returns": exp.DType.TEXT},
    exp.SplitPart: {"returns": exp.DType.TEXT},
    exp.GroupConcat: {"returns": exp.DType.TEXT},
}


def transpile(
    model: Model, target: str, types: Types, name_of: Callable[[TableName], str] = str, pretty: bool = False
) -> str:
    """The model's SELECT for `spark`, `snowflake` or `bigquery`.

    `types` are DuckDB's of the tables that it reads, `name_of` is how the target calls a table. Raises UnsupportedError
    where sqlglot knows no such construct there.
    """
    tree = typed(model, types)
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            named = exp.to_table(name_of(TableName(table.db, table.name)), dialect=target)
            for part in ("this", "db", "catalog"):
                identifier = named.args.get(part)
                if identifier:
                    identifier.set("quoted", True)
                table.set(part, identifier)
    tree = for_target(tree, target)
    return tree.sql(dialect=target, comments=pretty, pretty=pretty, unsupported_level=ErrorLevel.RAISE)


def type_in(target: str, kind: str) -> str:
    """A DuckDB type as the target writes it."""
    built = exp.DataType.build(kind, dialect="duckdb")
    return exp.DataType(this=exp.DType.TIMESTAMPNTZ).sql(target) if built.is_type(*_TIMESTAMPS) else built.sql(target)


def typed(model: Model, types: Types) -> exp.Query:
    """A copy of the model's syntax tree in which every name is qualified and quoted and every node has its type."""
    columns: dict[str, Any] = {}
    for table in model.depends_on:
        columns.setdefault(table.schema, {})[table.table] = types[table]
    schema = MappingSchema(columns, dialect="duckdb")
    tree = qualify(model.expression.copy(), schema=schema, dialect="duckdb")
    return annotate_types(tree, schema=schema, dialect="duckdb", expression_metadata=_METADATA)


def for_target(tree: exp.Query, target: str) -> exp.Query:
    """Write out in a typed tree, in place, what the target would understand otherwise."""
    rules = _RULES[target]
    # From the leaves up, so that what is nested is rewritten before what holds it.
    for node in reversed(list(tree.walk())):
        for kind, rule in rules:
            if isinstance(node, kind):
                written = rule(node)
                if written is not node and node.parent:
                    node.replace(written)
                break
    return tree


def is_decimal(node: exp.Expr) -> bool:
    """Whether its type has a fixed scale."""
    return bool(node.type and node.type.is_type(exp.DType.DECIMAL))


def is_double(node: exp.Expr) -> bool:
    """Whether the node's type is that of numbers which are rounded in binary."""
    return node.is_type(*exp.DataType.FLOAT_TYPES)


def is_whole_type(node: exp.Expr) -> bool:
    """Whether its type is an integer."""
    return bool(node.type and node.type.this in exp.DataType.INTEGER_TYPES)


def scale(kind: exp.DataType | None) -> int:
    """Number of decimals of a decimal type; 0 for others."""
    parts = kind.expressions if kind else []
    return int(parts[1].name) if len(parts) > 1 else 0


def _as_double(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Cast) and node.to.is_type("double"):
        return node
    return exp.cast(node.unnest(), _DOUBLE, copy=False)


def _division_of_doubles(node: exp.Expr) -> exp.Expr:
    for side in ("this", "expression"):
        node.set(side, _as_double(node.args[side].copy()))
    return node


def _average_of_doubles(node: exp.Avg) -> exp.Expr:
    """As in DuckDB; others keep four or six more decimals."""
    if is_decimal(node.this):
        node.set("this", _as_double(node.this.copy()))
    return node


def _rounded_double(value: exp.Expr, decimals: int) -> exp.Expr:
    """As DuckDB rounds a double: the whole number next to its product with a power of ten, half away from zero."""
    power = exp.cast(exp.Literal.number(10**decimals), _DOUBLE)
    rounded = exp.Round(this=exp.Mul(this=exp.paren(value.copy(), copy=False), expression=power))
    found = exp.paren(exp.Div(this=rounded, expression=power.copy()), copy=False)
    found.type = _DOUBLE
    return found


def _spark_round(node: exp.Round) -> exp.Expr:
    decimals = node.args.get("decimals")
    if decimals is None or not decimals.is_int or not is_double(node.this):
        return node
    return _rounded_double(node.this, int(decimals.name))


def _spark_trim(node: exp.Trim) -> exp.Expr:
    """Spark's takes away the plain blank alone."""
    if node.expression is None:
        node.set("expression", exp.Literal.string(_BLANKS))
        node.set("position", node.args.get("position") or "BOTH")
    return node


def _letter_by_letter(node: exp.Lower | exp.Upper) -> exp.Expr:
    """Java has a sigma of its own at the end of a word, two letters for a dotted I, and two for a sharp s."""
    these, those = map(exp.Literal.string, _LOWER if isinstance(node, exp.Lower) else _UPPER)
    node.set("this", exp.Anonymous(this="TRANSLATE", expressions=[node.this.copy(), these, those]))
    return node


def _levenshtein_of_bytes(node: exp.Levenshtein) -> exp.Expr:
    """Each byte as a letter of its own."""
    for side in ("this", "expression"):
        encoded = exp.Anonymous(this="ENCODE", expressions=[node.args[side].copy(), exp.Literal.string("UTF-8")])
        node.set(side, exp.Anonymous(this="DECODE", expressions=[encoded, exp.Literal.string("ISO-8859-1")]))
    return node


def _begun_units(node: exp.DateDiff) -> exp.Expr:
    """Spark counts whole units: from the beginning of one to that of another there are as many as begin between."""
    unit = node.args["unit"].name.lower()
    if unit == "week":  # of which DuckDB counts those of seven days, from whatever day on
        return node
    for side in ("this", "expression"):
        value = node.args[side]
        if not (unit == "day" and value.is_type(exp.DType.DATE)):
            begun = exp.TimestampTrunc(this=value.copy(), unit=exp.Literal.string(unit))
            begun.type = value.type
            node.set(side, begun)
    return node


def _like_without_escape(node: exp.Like | exp.ILike) -> exp.Expr:
    """A backslash escapes what follows it, and ends the query where nothing does: two of them stand for one."""
    pattern = node.expression
    if isinstance(node.parent, exp.Escape) or (isinstance(pattern, exp.Literal) and "\\" not in pattern.name):
        return node
    one, two = map(exp.Literal.string, ("\\", "\\\\"))
    node.set("expression", exp.Replace(this=pattern.copy(), expression=one, replacement=two))
    return node


def _spark_cast(node: exp.Cast) -> exp.Expr:
    if node.to.is_type(exp.DType.DECIMAL) and is_double(node.this):
        node.set("this", _rounded_double(node.this, scale(node.to)))
    if isinstance(node, exp.TryCast) and node.this.is_type(*exp.DataType.TEXT_TYPES):
        _read_as_duckdb_does(node)
    if node.to.is_type(*_TIMESTAMPS):
        node.set("to", exp.DataType(this=exp.DType.TIMESTAMPNTZ))
    return node


def _read_as_duckdb_does(node: exp.TryCast) -> None:
    """Only texts of a form that both read the same way; a text of digits and a point is rounded to a whole number."""
    kind = next((kind for kind in _FORMS if node.to.is_type(*kind)), None)
    if kind is None or isinstance(node.this, exp.Literal | exp.Null):
        return
    form, (found, put) = _FORMS[kind]
    is_read = exp.RegexpLike(this=node.this.copy(), expression=exp.Literal.string(form))
    parts = [node.this.copy(), exp.Literal.string(found), exp.Literal.string(put)]
    text = exp.Anonymous(this="REGEXP_REPLACE", expressions=parts) if found else node.this.copy()
    read: exp.Expr = exp.Case(ifs=[exp.If(this=is_read, true=text)])
    if kind is _WHOLE:
        read = exp.Round(this=exp.TryCast(this=read, to=exp.DataType.build("decimal(38, 18)"), safe=True))
    node.set("this", read)


def _rounded(node: exp.Cast) -> None:
    """Round explicitly before a cast to a decimal, unless there is nothing to round."""
    value, to = node.this, node.to
    if not to.is_type(exp.DType.DECIMAL) or is_whole_type(value):
        return
    # sqlglot takes a product for as wide as its wider side, so only what has its type written down is believed.
    is_told = isinstance(value.unnest(), exp.Column | exp.Cast | exp.Literal)
    if is_told and is_decimal(value) and scale(value.type) <= scale(to):
        return
    if isinstance(value, exp.Null):
        return
    if isinstance(value, exp.Round) and value.args.get("decimals") and value.args["decimals"].name == str(scale(to)):
        return
    rounded = exp.Round(this=value.copy(), decimals=exp.Literal.number(scale(to)))
    rounded.type = value.type
    node.set("this", rounded)


def _snowflake_cast(node: exp.Cast) -> exp.Expr:
    if not node.this.is_type(*exp.DataType.TEXT_TYPES):
        _rounded(node)
    if node.to.is_type(*_TIMESTAMPS):
        node.set("to", exp.DataType(this=exp.DType.TIMESTAMPNTZ))
    if isinstance(node, exp.TryCast) and not node.this.is_type(*exp.DataType.TEXT_TYPES):
        text = exp.cast(node.this.copy(), _TEXT, copy=False)
        text.type = _TEXT
        node.set("this", text)
    return node


def _bigquery_cast(node: exp.Cast) -> exp.Expr:
    value, to = node.this, node.to
    if to.is_type(exp.DType.DECIMAL):
        if not value.is_type(*exp.DataType.TEXT_TYPES):
            _rounded(node)
        precision = int(to.expressions[0].name) if to.expressions else 38
        # Its NUMERIC holds 29 digits before and 9 behind the point; `round` has said the scale.
        wide = scale(to) > 9 or precision - scale(to) > 29
        decimals = exp.Literal.number(scale(to))
        node.set("to", exp.DataType(this=exp.DType.BIGDECIMAL if wide else exp.DType.DECIMAL))
        if value.is_type(*exp.DataType.TEXT_TYPES):
            return exp.Round(this=node.copy(), decimals=decimals)
    elif to.is_type(*exp.DataType.TEXT_TYPES) and is_decimal(value):
        form = exp.Literal.string(f"%.{scale(value.type)}f")
        return exp.Anonymous(this="FORMAT", expressions=[form, value.copy()])
    return node


def _bigquery_split_part(node: exp.Expr) -> exp.Expr:
    """It has SPLIT alone, and NULL where DuckDB has an empty text behind the last part."""
    parts = exp.Anonymous(this="SPLIT", expressions=[node.this.copy(), node.args["delimiter"].copy()])
    picked = exp.Bracket(this=parts, expressions=[node.args["part_index"].copy()], offset=1, safe=True)
    return exp.Case(
        ifs=[
            exp.If(
                this=exp.Not(this=exp.Is(this=node.this.copy(), expression=exp.Null())),
                true=exp.Coalesce(this=picked, expressions=[exp.Literal.string("")]),
            )
        ]
    )


def _moved_by(node: exp.Expr) -> exp.Expr:
    """`moment + n * interval '1' hour` as a function: Snowflake multiplies no intervals."""
    moved = node.expression
    while isinstance(moved, exp.Paren):
        moved = moved.this
    if not isinstance(moved, exp.Mul) or not isinstance(moved.right, exp.Interval):
        return node
    unit = moved.right.args["unit"].name.upper()
    count = moved.left.copy()
    steps = moved.right.this.name
    if steps != "1":
        count = exp.Mul(this=count, expression=exp.Literal.number(steps))
    if isinstance(node, exp.Sub):
        count = exp.Neg(this=exp.paren(count))
    return exp.Anonymous(this="DATEADD", expressions=[exp.var(unit), count, node.this.copy()])


def _joined_as_texts(cast: Callable[[exp.Cast], exp.Expr]) -> Callable[[Any], exp.Expr]:
    """Others cast no number by themselves, or take the text that stands for NULL for one."""

    def rule(node: exp.DPipe | exp.Concat | exp.ConcatWs) -> exp.Expr:
        for value in [node.left, node.right] if isinstance(node, exp.DPipe) else list(node.expressions):
            if value.type and not value.is_type(*exp.DataType.TEXT_TYPES, exp.DType.UNKNOWN, exp.DType.NULL):
                value.replace(cast(exp.cast(value.copy(), _TEXT, copy=False)))
        return node

    return rule


Rule = Callable[[Any], exp.Expr]
_RULES: dict[str, list[tuple[type[exp.Expr] | tuple[type[exp.Expr], ...], Rule]]] = {
    "spark": [
        (exp.Div, _division_of_doubles),
        (exp.Avg, _average_of_doubles),
        (exp.Cast, _spark_cast),
        (exp.Round, _spark_round),
        (exp.Trim, _spark_trim),
        ((exp.Lower, exp.Upper), _letter_by_letter),
        (exp.Levenshtein, _levenshtein_of_bytes),
        (exp.DateDiff, _begun_units),
        ((exp.Concat, exp.ConcatWs), _joined_as_texts(lambda cast: cast)),
        ((exp.Like, exp.ILike), _like_without_escape),
    ],
    "snowflake": [
        (exp.Div, _division_of_doubles),
        (exp.Avg, _average_of_doubles),
        (exp.Cast, _snowflake_cast),
        ((exp.Add, exp.Sub), _moved_by),
        ((exp.Concat, exp.ConcatWs), _joined_as_texts(lambda cast: cast)),
    ],
    "bigquery": [
        (exp.Div, _division_of_doubles),
        (exp.Avg, _average_of_doubles),
        (exp.Cast, _bigquery_cast),
        (exp.SplitPart, _bigquery_split_part),
        ((exp.DPipe, exp.Concat, exp.ConcatWs), _joined_as_texts(_bigquery_cast)),
        ((exp.Like, exp.ILike), _like_without_escape),
    ],
}
