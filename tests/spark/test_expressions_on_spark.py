"""Expressions that engines read differently are the same on Spark, cell by cell: odd texts, ties, unit ends."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from spark_engine import answer, difference, put_rows, quick_spark, small_session, view_name
from sqlglot import exp, parse_one

from icp_pipeline import duck
from icp_pipeline.models.parse import parse_model
from icp_pipeline.models.portable import transpile
from icp_pipeline.models.portable_functions import TRIED, UNITS
from icp_pipeline.names import TableName

_FACTS = TableName("core", "facts")
_COLUMNS = {
    "place": "BIGINT",
    "words": "VARCHAR",
    "share": "DOUBLE",
    "price": "DECIMAL(18,4)",
    "day": "DATE",
    "moment": "TIMESTAMP",
    "whole": "BIGINT",
}
_BLANKS = "".join(chr(code) for code in (0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000))
_WORDS = [
    *(None, "", "a", "B", " a ", f"{_BLANKS}x{_BLANKS}", "\tx\t", "\u200bx", "ΟΔΟΣ", "Σ ΣΑΣ", "İzmir", "Iı", "Straße"),
    *(
        "日本",
        "e\u0301",
        "🤦🏼\u200d♂️",
        "\\n",
        "it's",
        "%",
        "x" * 5_000,
        "12",
        " 7 ",
        "+5",
        "-0",
        "NaN",
        "9223372036854775808",
    ),
    # Numbers, days and moments that one of the engines reads and the other does not.
    *("1d", "1.5F", "1_000", "1e3", "2.5", "-2.5", ".5", "0.00005", "1e400", "\u0661\u0662", "true ", "yes"),
    *("2024", "2024-02", "2024-2-3", "2024/02/03", "2024-02-30", "2024-02-03T10", "2024-02-03 abc", "10:30", "today"),
    *("2024-02-03T10:30:15+02:00", "2024-02-03 10:30:15 Europe/Berlin", "2024-02-03 25:00:00", "20240203"),
]
_EXPRESSIONS = [
    *("lower(words)", "upper(words)", "trim(words)", "ltrim(words)", "rtrim(words)", "length(words)", "words || '|'"),
    *("substr(words, 2, 2)", "split_part(words, ' ', 2)", "strpos(words, 'x')", "replace(words, 'Σ', '')"),
    *("levenshtein(words, 'Straßen')", "try_cast(words as bigint)", "try_cast(words as double)"),
    *("row_number() over (order by words asc, place asc)", "row_number() over (order by words desc, place asc)"),
    *("greatest(words, null, 'b')", "least(words, 'b')", "max(words) over ()", "lag(words) over (order by place asc)"),
    *(f"round(share, {digits})" for digits in (0, 1, 2, 4, 6, 9)),
    *("cast(share as decimal(18, 2))", "cast(coalesce(share / 3, 0) as decimal(18, 6))", "round(price / 3, 2)"),
    *("words like words", "words like words || '%'", "words like '%' || words", r"words like '\n'", "words like '_'"),
    *("words ilike words", r"words ilike '\N'"),
    *("words || whole", "words || price", "words || day || moment", "concat(words, whole)", "md5(words)"),
    *("translate(lower(words), 'ab-_/', '     ')", "abs(share)", "ln(abs(share) + 0.5)", "sqrt(abs(share))"),
    *("exp(-share / 100)", "floor(share)", "ceil(price)", "avg(whole) over (partition by place % 7)", "-price"),
    *(
        "dense_rank() over (order by words asc)",
        "lead(price) over (order by place asc)",
        "share is not distinct from 0",
    ),
    *("round(price, 2)", "cast(price as decimal(18, 2))", "price * price", "price / nullif(whole, 0)"),
    "cast(cast(0.008260311 as decimal(18, 9)) * power(0.5, whole % 3) as decimal(18, 9))",
    *("cast(price * power(0.5, whole % 3) as decimal(18, 3))", "cast(price * share as decimal(18, 3))"),
    *("cast(coalesce(price, share) as decimal(18, 3))", "cast(greatest(price / 8, price) as decimal(18, 2))"),
    *("cast(whole * 0.005 as decimal(18, 2))", "round(whole * 1.005, 2)", "cast(round(price, 3) as decimal(18, 2))"),
    *("cast(round(share) as bigint)", "sum(price) over (partition by whole)", "cast(price as varchar)"),
    *("row_number() over (order by share desc, place asc)", "greatest(share, null, 0.5)", "whole % 7"),
    *(f"date_diff('{unit}', moment, timestamp '2026-03-01 00:00:00')" for unit in ("day", "hour", "minute", "second")),
    *(f"date_diff('{unit}', day, date '2026-03-01')" for unit in ("day", "month", "quarter", "year")),
    *(
        "cast(date_trunc('month', day) as date)",
        "cast(moment as date)",
        "cast(moment as varchar)",
        "extract(quarter from day)",
    ),
    *("cast(day + interval '1' month as date)", "cast(day - interval '1' year as date)"),
    "extract(quarter from day)",
    *("contains(words, 'a')", "starts_with(words, ' ')", "ends_with(words, 'x')", "concat_ws('-', words, null, 'x')"),
    *("regexp_matches(words, '^[a-zß]+$')", "sign(share)", "year(day)", "quarter(day)"),
    *(f"extract({unit} from moment)" for unit in UNITS),
    *(f"{name}(words) over (partition by whole % 7)" for name in ("count", "min", "max")),
    *("bool_and(whole > 1) over (partition by place % 7)", "bool_or(whole > 900) over (partition by place % 7)"),
    *("avg(price) over (partition by place % 7)", "rank() over (order by words asc)"),
    *(f"{name}(words) over (order by place asc)" for name in ("first_value", "last_value")),
    *("case when whole > 3 and words is null then price when whole > 1 or share > 0 then 0 else share end",),
    *("if(whole > 3, 'a', words)", "case whole when 1 then 'a' else words end"),
    *(f"try_cast(words as {kind})" for kind in ("integer", "decimal(18, 4)", "boolean", "date", "timestamp")),
]
# In whole queries, so in the cases of `tests/sql`.
_OF_QUERIES = {exp.Exists, exp.GroupConcat}


def facts() -> list[tuple[str | None, ...]]:
    """Quotients, many of which end in a five; each with a text, a day, and a time near the end of a unit."""
    rows: list[tuple[str | None, ...]] = []
    for place in range(1_500):
        above, below = place - 200, (7, 8, 40, 64, 160, 640, 1_000, 3_200)[place % 8]
        day = f"20{24 + place % 3}-{place % 12 + 1:02d}-{(1, 15, 28)[place % 3]:02d}"
        at = f"{day} {('00:00:00', '23:59:59.999999', '10:30:00.5')[place // 3 % 3]}"
        words = _WORDS[place % len(_WORDS)]
        known = place % 50 > 0
        cells = (repr(above / below), f"{above / below:.4f}", day, at, str(above))
        rows.append((str(place), words, *(cell if known else None for cell in cells)))
    return rows


def test_every_function_that_models_may_use_is_tried() -> None:
    tried = {type(node) for text in _EXPRESSIONS for node in parse_one(f"select {text}", dialect="duckdb").walk()}
    assert (TRIED & tried) | _OF_QUERIES == TRIED


@pytest.mark.slow
def test_each_expression_gives_the_same_cells(
    needs_spark: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_spark(monkeypatch, tmp_path)
    rows, differing = facts(), []
    given = {name: pa.array(cells, pa.string()) for name, cells in zip(_COLUMNS, zip(*rows, strict=True), strict=True)}
    with duck.connect() as connection, small_session(tmp_path) as spark:
        connection.register("given", pa.table(given))
        casts = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in _COLUMNS.items())
        connection.execute(f"create schema core; create table {_FACTS} as select {casts} from given")
        for table, held in ((_FACTS, rows), (TableName("core", "nothing"), [])):
            put_rows(spark, table, _COLUMNS, held)
            connection.execute(f"create table if not exists {table} as from {_FACTS} limit 0")
            listed = ",\n".join(f"    -- V.\n    {text} as v{place}" for place, text in enumerate(_EXPRESSIONS))
            path = tmp_path / "probe.sql"
            path.write_text(f"-- P.\nselect\n    -- N.\n    place,\n{listed}\nfrom {table}\n", encoding="utf-8")
            model = parse_model(TableName("core", "probe"), path)
            wanted = connection.sql(model.sql).to_arrow_table().sort_by("place")
            found = answer(spark, transpile(model, "spark", {table: _COLUMNS}, view_name)).sort_by("place")
            found = found.cast(wanted.schema)  # a model states its types itself
            for place, text in enumerate(_EXPRESSIONS):
                pair = (one.select(["place", f"v{place}"]) for one in (wanted, found))
                if told := difference(*pair):
                    differing.append(f"{table}: {text}: {told}")
    assert not differing, f"{len(differing)} of {len(_EXPRESSIONS)} differ:\n" + "\n".join(differing)
