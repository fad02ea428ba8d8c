"""A model's text translated for other engines, and what `icp check` rejects because no translation means the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from project_models import create_table

from icp_pipeline import duck
from icp_pipeline.models.graph import load_models
from icp_pipeline.models.model import Model
from icp_pipeline.models.portable import TARGETS, transpile
from icp_pipeline.models.portable_files import write_models
from icp_pipeline.models.portable_rules import portable_findings
from icp_pipeline.names import TableName

Make = Callable[[str, str], Model]
LANDED = TableName("lake", "ticket")
MODEL = TableName("core", "one")
TYPES = {
    LANDED: {
        "n": "BIGINT",
        "price": "DECIMAL(18,4)",
        "share": "DOUBLE",
        "trigger": "VARCHAR",
        "at": "TIMESTAMP",
    }
}


def one(column: str) -> str:
    return f"-- One.\nselect\n    -- A.\n    {column} as a\nfrom lake.ticket"


@pytest.mark.parametrize(
    ("column", "target", "written"),
    [
        # Nested: the inner division is one of decimals too.
        (
            "ticket.price / (ticket.price / 3.0)",
            "spark",
            "CAST(`ticket`.`price` AS DOUBLE) / CAST(CAST(`ticket`.`price` AS DOUBLE) / CAST(3.0 AS DOUBLE) AS DOUBLE)",
        ),
        ("try_cast(ticket.trigger as timestamp)", "spark", "'$1-$2-') END AS TIMESTAMP_NTZ)"),
        ("cast(ticket.trigger as double)", "spark", "CAST(`ticket`.`trigger` AS DOUBLE)"),
        (
            "round(ticket.price / 3, 2)",
            "spark",
            "ROUND((CAST(`ticket`.`price` AS DOUBLE) / CAST(3 AS DOUBLE)) * CAST(100 AS DOUBLE)) / CAST(100 AS DOUBLE)",
        ),
        ("round(ticket.price, 2)", "spark", "ROUND(`ticket`.`price`, 2)"),
        (
            "cast(ticket.share as decimal(9, 2))",
            "spark",
            "CAST((ROUND((`ticket`.`share`) * CAST(100 AS DOUBLE)) / CAST(100 AS DOUBLE)) AS DECIMAL(9, 2))",
        ),
        ("avg(ticket.price)", "bigquery", "AVG(CAST(`ticket`.`price` AS FLOAT64))"),
        ("lower(ticket.trigger)", "spark", "LOWER(TRANSLATE(`ticket`.`trigger`, 'Σİ', 'σi'))"),
        ("trim(ticket.trigger)", "spark", "TRIM(BOTH ' \u00a0\u1680\u2000"),
        (
            "levenshtein(ticket.trigger, 'a')",
            "spark",
            "LEVENSHTEIN(DECODE(ENCODE(`ticket`.`trigger`, 'UTF-8'), 'ISO-8859-1'), DECODE(ENCODE('a', 'UTF-8')",
        ),
        (
            "date_diff('minute', ticket.at, ticket.at)",
            "spark",
            "(MINUTE, DATE_TRUNC('MINUTE', `ticket`.`at`), DATE_TRUNC('MINUTE', `ticket`.`at`))",
        ),
        ("cast(ticket.at as timestamp)", "spark", "CAST(`ticket`.`at` AS TIMESTAMP_NTZ)"),
        (
            "ticket.trigger like ticket.trigger || '%'",
            "spark",
            r"LIKE REPLACE(`ticket`.`trigger` || '%', '\\', '\\\\')",
        ),
        ("ticket.trigger like 'a%'", "spark", "LIKE 'a%'"),
        ("ticket.trigger like ticket.trigger", "snowflake", 'LIKE "ticket"."trigger"'),
        ("try_cast(ticket.trigger as bigint)", "snowflake", 'TRY_CAST("ticket"."trigger" AS BIGINT)'),
        (
            "try_cast(ticket.price * ticket.price as decimal(18, 4))",
            "snowflake",
            'TRY_CAST(CAST(ROUND("ticket"."price" * "ticket"."price", 4) AS VARCHAR) AS DECIMAL(18, 4))',
        ),
        (
            "cast(ticket.share as decimal(9, 2))",
            "snowflake",
            'CAST(ROUND("ticket"."share", 2) AS DECIMAL(9, 2))',
        ),
        (
            "ticket.at + ticket.n * interval '1' hour",
            "snowflake",
            'DATEADD(HOUR, "ticket"."n", "ticket"."at")',
        ),
        ("cast(ticket.share as decimal(18, 12))", "bigquery", "CAST(ROUND(`ticket`.`share`, 12) AS BIGNUMERIC)"),
        (
            "try_cast(ticket.trigger as decimal(18, 4))",
            "bigquery",
            "ROUND(SAFE_CAST(`ticket`.`trigger` AS NUMERIC), 4)",
        ),
        ("cast(ticket.price as varchar)", "bigquery", "FORMAT('%.4f', `ticket`.`price`)"),
        ("cast(round(ticket.price, 2) as varchar)", "bigquery", "FORMAT('%.2f', ROUND(`ticket`.`price`, 2))"),
        (
            "ticket.trigger || ' ' || ticket.n || ticket.price",
            "bigquery",
            "`ticket`.`trigger` || ' ' || CAST(`ticket`.`n` AS STRING) || FORMAT('%.4f', `ticket`.`price`)",
        ),
        ("cast(ticket.n * 0.25 as varchar)", "bigquery", "FORMAT('%.2f', `ticket`.`n` * 0.25)"),
        (
            "split_part(ticket.trigger, '/', 2)",
            "bigquery",
            "COALESCE(SPLIT(`ticket`.`trigger`, '/')[SAFE_ORDINAL(2)], '')",
        ),
    ],
)
def test_what_engines_mean_differently_is_written_out(make_model: Make, column: str, target: str, written: str) -> None:
    assert written in transpile(make_model("core.one", one(column)), target, TYPES)


def test_tables_go_by_the_names_they_have_there(make_model: Make) -> None:
    model = make_model("core.one", one("ticket.n"))
    sql = transpile(model, "spark", TYPES, lambda table: f"warehouse.{table.schema}_{table.table}")
    assert "FROM `warehouse`.`lake_ticket` AS `ticket`" in sql
    assert sql == " ".join(sql.split()), "comments and line breaks are for readers alone"
    assert "/* A. */" in transpile(model, "spark", TYPES, pretty=True)


REFUSED = {
    "a decimal to an integer": ("cast(ticket.price as bigint)", "DECIMAL(18, 4) to BIGINT: DuckDB rounds, Spark cuts"),
    "a double to an integer": ("cast(ticket.share * 2 as integer)", "DOUBLE to INT: DuckDB rounds, Spark cuts"),
    "rounded to the wrong place": ("cast(round(ticket.price, 2) as bigint)", "DuckDB rounds, Spark cuts"),
    "one way of several": (
        "cast(case when ticket.n = 1 then round(ticket.price) else ticket.price end as bigint)",
        "DuckDB rounds, Spark cuts",
    ),
    "a double to text": ("cast(ticket.share as varchar)", "which every engine prints differently"),
    "a double joined to a text": ("ticket.trigger || ' ' || ticket.share", "which every engine prints differently"),
    "a double joined by a function": ("concat(ticket.trigger, ticket.share)", "which every engine prints differently"),
    "moments subtracted": ("ticket.at - ticket.at", "use date_diff"),
    "an undeclared sum": ("sum(ticket.n)", "column a is a HUGEINT"),
    "a window BigQuery does not know": (
        "count(*) over (order by ticket.n rows between 1 preceding and current row)",
        "does not translate to bigquery",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_text_could_mean_is_found_at_its_line(make_model: Make, tmp_path: Path, case: str) -> None:
    column, message = REFUSED[case]
    model = make_model("core.one", one(column))
    kind = "HUGEINT" if column.startswith("sum") else "BIGINT"
    found = portable_findings(load_models(tmp_path / "sql"), {**TYPES, MODEL: {"a": kind}}, tmp_path / "kept.json")
    assert [(finding.path, finding.line) for finding in found] == [(model.path, 4)], found
    assert message in found[0].message


UNITED = """-- One.
with amounts as (
    select ticket.price as amount from lake.ticket
    union all
    select {below} as amount from lake.ticket
    union all
    select ticket.price as amount from lake.ticket
)

select
    -- A.
    amounts.amount * 1.5 as a
from amounts"""


def test_a_decimal_and_a_double_are_not_united(make_model: Make, tmp_path: Path) -> None:
    """sqlglot takes the column for a decimal, so Spark would be told to round what DuckDB does not."""
    types = {**TYPES, MODEL: {"a": "DOUBLE"}}
    make_model("core.one", UNITED.format(below="ticket.share"))
    (found,) = portable_findings(load_models(tmp_path / "sql"), types, tmp_path / "kept.json")
    assert (found.line, "column amount is a decimal in one part of a union" in found.message) == (5, True)


UNITED_BY_NAME = """-- One.
with amounts as (
    select ticket.price as amount from lake.ticket
    union all by name
    select ticket.share as other, ticket.{column} as amount from lake.ticket
)

select
    -- A.
    amounts.amount as a
from amounts"""


@pytest.mark.parametrize(("column", "found"), [("share", 1), ("price", 0)])
def test_columns_united_by_name_are_compared_by_name(make_model: Make, tmp_path: Path, column: str, found: int) -> None:
    """Wherever they stand, and although one part has more of them."""
    make_model("core.one", UNITED_BY_NAME.format(column=column))
    types = {**TYPES, MODEL: {"a": "DOUBLE"}}
    assert len(portable_findings(load_models(tmp_path / "sql"), types, tmp_path / "kept.json")) == found


@pytest.mark.parametrize("below", ["ticket.n", "cast(ticket.share as decimal(18, 4))", "null", "ticket.price * 2"])
def test_decimals_are_united_with_what_becomes_one(make_model: Make, tmp_path: Path, below: str) -> None:
    types = {**TYPES, MODEL: {"a": "DECIMAL(20,5)"}}
    make_model("core.one", UNITED.format(below=below))
    assert portable_findings(load_models(tmp_path / "sql"), types, tmp_path / "kept.json") == []


A_DOUBLE, A_DECIMAL = "a double", "a decimal"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("ticket.price * ticket.share", A_DOUBLE),
        ("ticket.share - ticket.price", A_DOUBLE),
        ("ticket.price + ticket.n * ticket.share", A_DOUBLE),
        ("ticket.price % ticket.share", A_DOUBLE),
        ("ticket.price * power(0.5, ticket.n - 1)", A_DOUBLE),
        ("ticket.price * 1e-3", A_DOUBLE),
        ("-(ticket.price * ticket.share)", A_DOUBLE),
        ("floor(ticket.price) * ticket.share", A_DOUBLE),
        ("coalesce(ticket.price, ticket.share)", A_DOUBLE),
        ("case when ticket.n = 1 then ticket.share when ticket.n = 2 then ticket.price end", A_DOUBLE),
        ("case when ticket.n = 1 then ticket.price else ticket.share end", A_DOUBLE),
        ("if(ticket.n = 1, ticket.price, ticket.share)", A_DOUBLE),
        ("greatest(ticket.share, ticket.price)", A_DOUBLE),
        ("least(ticket.price, 0.5, ticket.share)", A_DOUBLE),
        ("coalesce(ticket.share, 0.5)", A_DOUBLE),
        ("nullif(ticket.share, 0.5)", A_DOUBLE),
        ("sum(ticket.price * ticket.share) over ()", A_DOUBLE),
        ("max(coalesce(ticket.price, ticket.share)) over ()", A_DOUBLE),
        ("ticket.price * 0.5", A_DECIMAL),
        ("ticket.n * 0.55", A_DECIMAL),
        ("ticket.price * (ticket.n * 0.5)", A_DECIMAL),
        ("case when ticket.n = 1 then 0.555 else 0.5 end", A_DECIMAL),
        ("nullif(ticket.price, ticket.share)", A_DECIMAL),
        ("lag(ticket.price, 1, ticket.share) over (order by ticket.n)", A_DECIMAL),
        ("round(ticket.price, 3)", A_DECIMAL),
        ("ceil(ticket.price) * 0.55", A_DECIMAL),
    ],
)
def test_what_is_a_double_to_duckdb_is_rounded_as_one(make_model: Make, value: str, kind: str) -> None:
    with duck.connect() as connection:
        connection.execute("create schema lake")
        create_table(connection, LANDED, TYPES[LANDED])
        described = connection.sql(f"select {value} as a from lake.ticket").types[0]
    assert {"DOUBLE": A_DOUBLE, "DECIMAL": A_DECIMAL}[str(described).partition("(")[0]] == kind
    sql = transpile(make_model("core.one", one(f"cast({value} as decimal(9, 2))")), "spark", TYPES)
    assert ("* CAST(100 AS DOUBLE)) / CAST(100 AS DOUBLE)) AS DECIMAL(9, 2))" in sql) == (kind == A_DOUBLE), sql


@pytest.mark.parametrize(
    "column",
    [
        "cast(round(ticket.price) as bigint)",
        "cast(floor(ticket.share) + 1 as bigint)",
        "cast(coalesce(round(ticket.share), 0) as bigint)",
        "cast(ticket.n as integer)",
        "try_cast(ticket.trigger as bigint)",
        "cast(cast(round(ticket.share, 2) as decimal(9, 2)) as varchar)",
    ],
)
def test_what_says_how_it_rounds_passes(make_model: Make, tmp_path: Path, column: str) -> None:
    make_model("core.one", one(column))
    types = {**TYPES, MODEL: {"a": "BIGINT"}}
    assert portable_findings(load_models(tmp_path / "sql"), types, tmp_path / "kept.json") == []


def test_findings_are_kept_until_text_or_types_change(make_model: Make, tmp_path: Path) -> None:
    make_model("core.one", one("cast(ticket.n as bigint)"))
    graph, kept = load_models(tmp_path / "sql"), tmp_path / "kept.json"
    whole = {**TYPES, MODEL: {"a": "BIGINT"}}
    assert portable_findings(graph, whole, kept) == []
    written = kept.stat().st_mtime_ns
    assert portable_findings(graph, whole, kept) == [] and kept.stat().st_mtime_ns == written
    other = {**whole, LANDED: {**TYPES[LANDED], "n": "DOUBLE"}}
    assert len(portable_findings(graph, other, kept)) == 1


@pytest.mark.parametrize("target", TARGETS)
def test_names_are_quoted_everywhere(make_model: Make, target: str) -> None:
    sql = transpile(make_model("core.one", one("ticket.trigger")), target, TYPES)
    assert sql.count("ticket") == sql.replace('"', "`").count("`ticket`")


def test_models_are_written_as_files_in_the_order_to_build_them(make_model: Make, tmp_path: Path) -> None:
    make_model("core.two", "-- Two.\nselect\n    -- A.\n    one.a\nfrom core.one")
    make_model("core.one", one("ticket.n"))
    types = {**TYPES, MODEL: {"a": "BIGINT"}}
    write_models(load_models(tmp_path / "sql"), "spark", types, tmp_path / "out")
    assert (tmp_path / "out" / "build_order.txt").read_text() == "core.one\ncore.two\n"
    assert "`core`.`one`" in (tmp_path / "out" / "core" / "two.sql").read_text()
    assert "set spark.sql.session.timeZone = UTC;" in (tmp_path / "out" / "session.sql").read_text()
