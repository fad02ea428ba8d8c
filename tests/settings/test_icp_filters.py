"""Filters of ICPs: what they may say, which accounts they take, and that no user text is ever run as SQL."""

from __future__ import annotations

import functools
import random
from pathlib import Path

import duckdb
import pytest
import sqlglot

from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.errors import SettingsError
from icp_pipeline.home import SQL
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName
from icp_pipeline.settings.filter_columns import ACCOUNT_COLUMNS, filter_columns, filter_rows, filters_of
from icp_pipeline.settings.filters import filter_clauses
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.schema import Settings

ATTRIBUTES = """
attributes:
  product_line: {field: salesforce.account.Product_Line__c, type: categorical, groups: {Pro+: Pro}}
  has_revops: {field: salesforce.account.Has_RevOps__c, type: boolean}
  seats: {field: hubspot.company.Seats, type: numeric, bins: [10, 50, 200]}
  opened: {field: salesforce.account.Opened__c, type: date}
  business_model: {field: salesforce.account.Business_Model__c, type: categorical}
  complementary: {enabled: false}
"""

ACCOUNTS = """
create schema core; create schema settings;
create table core.accounts as
select * from (values
    ('a1', 'Alpha', 'EMEA', 'Software', 40, 1e6, true, date '2024-02-01', 2001, timestamp '2023-05-01 10:00:00'),
    ('a2', 'Beta', 'EMEA', null, 400, null, false, null, null, timestamp '2023-06-01 00:00:00'),
    ('a3', 'gamma', 'NA', 'software', 50, 5e6, true, date '2023-01-31', 1999, null),
    ('a4', 'O''Neil %', null, 'Retail', null, 0, false, null, 2015, timestamp '2022-01-01 23:59:59'),
    ('a5', 'Delta_x', 'APAC', 'Retail', 7, 2e9, false, null, 2020, timestamp '2024-01-01 00:00:00')
) as t(account_id, name, region, industry, employees, annual_revenue_usd, is_customer, customer_since, founded_year,
    created_at);
"""


@functools.cache
def model_sql() -> str:
    """The model's text."""
    return cached_models(SQL)[TableName("core", "filter_members")].sql


def load(folder: Path, text: str) -> Settings:
    (folder / "icp.yaml").write_text(text, encoding="utf-8")
    return load_settings(folder)


def members(where: str, attributes: dict[str, list[tuple[str, str | float]]] | None = None) -> list[str]:
    """Accounts that the model takes for this filter."""
    settings = Settings.model_validate({"icps": {"emea": {"where": where}}})
    return members_of(settings, "emea", attributes)


def members_of(
    settings: Settings, icp_id: str, attributes: dict[str, list[tuple[str, str | float]]] | None = None
) -> list[str]:
    with duckdb.connect() as connection:
        connection.execute(ACCOUNTS)
        _add_missing_columns(connection)
        columns = INPUTS[TableName("settings", "filters")]
        declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"create table settings.filters ({declared})")
        rows = [[row[name] for name in columns] for row in filter_rows(settings)]
        if rows:
            marks = ", ".join("?" for _ in columns)
            connection.executemany(f"insert into settings.filters values ({marks})", rows)
        connection.execute(
            "create table core.account_values (account_id text, attribute text, level text, amount double)"
        )
        connection.execute("create table core.account_attributes (account_id text, attribute text, level text)")
        for attribute, values in (attributes or {}).items():
            for account_id, value in values:
                level, amount = (value, None) if isinstance(value, str) else (None, value)
                connection.execute(
                    "insert into core.account_values values (?, ?, ?, ?)", [account_id, attribute, level, amount]
                )
        found = connection.execute(
            f"select account_id from ({model_sql()}) where section = 'icps' and name = '{icp_id}' order by 1"
        )
        return [row[0] for row in found.fetchall()]


def _add_missing_columns(connection: duckdb.DuckDBPyConnection) -> None:
    present = {row[0] for row in connection.execute("describe core.accounts").fetchall()}
    for name, kind in ACCOUNT_COLUMNS.items():
        if name not in present:
            connection.execute(f"alter table core.accounts add column {name} {'date' if kind == 'date' else 'varchar'}")


def test_a_filter_may_name_every_column_of_core_accounts_and_the_model_reads_each() -> None:
    graph = cached_models(SQL)
    assert set(ACCOUNT_COLUMNS) == {column.name for column in graph[TableName("core", "accounts")].columns}
    sql = graph[TableName("core", "filter_members")].sql
    assert [name for name in ACCOUNT_COLUMNS if f"when '{name}' then" not in sql] == []


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("region = 'EMEA'", ["a1", "a2"]),
        ("region <> 'EMEA'", ["a3", "a5"]),
        ("not region = 'EMEA'", ["a3", "a5"]),
        ("'EMEA' = region and 100 < employees", ["a2"]),
        ("region in ('NA', 'APAC') or region is null", ["a3", "a4", "a5"]),
        ("region not in ('NA', 'APAC')", ["a1", "a2"]),
        ("employees between 40 and 50", ["a1", "a3"]),
        ("employees not between 40 and 50", ["a2", "a5"]),
        ("lower(industry) = 'software'", ["a1", "a3"]),
        ("industry = 'Software'", ["a1"]),
        ("industry like 'S%'", ["a1"]),
        ("industry not like '%oft%'", ["a4", "a5"]),
        ("coalesce(region, industry) = 'Retail'", ["a4"]),
        ("coalesce(region, 'EMEA') = 'EMEA'", ["a1", "a2", "a4"]),
        ("coalesce(industry, region, 'none') is not null and employees < 10", ["a5"]),
        ("upper(coalesce(industry, 'software')) = upper('software')", ["a1", "a2", "a3"]),
        ("is_customer", ["a1", "a3"]),
        ("not is_customer and not (region is null)", ["a2", "a5"]),
        ("is_customer = false", ["a2", "a4", "a5"]),
        ("customer_since >= '2024-01-01'", ["a1"]),
        ("customer_since < date '2024-01-01'", ["a3"]),
        ("created_at = '2022-01-01'", ["a4"]),
        ("name = 'O''Neil %'", ["a4"]),
        ("founded_year < 2000 or annual_revenue_usd >= 1e9", ["a3", "a5"]),
        ("annual_revenue_usd > -1 and annual_revenue_usd = 0", ["a4"]),
        ("(region = 'EMEA' or region = 'NA') and (employees > 45 or industry is null)", ["a2", "a3"]),
    ],
)  # fmt: skip
def test_a_filter_takes_whom_it_says(where: str, expected: list[str]) -> None:
    assert members(where) == expected


def _random_condition(rng: random.Random, depth: int) -> str:
    if depth and rng.random() < 0.7:
        join = rng.choice([" and ", " or "])
        text = f"({_random_condition(rng, depth - 1)}{join}{_random_condition(rng, depth - 1)})"
        return f"not {text}" if rng.random() < 0.3 else text
    text_column = rng.choice(
        [
            "region",
            "industry",
            "name",
            "lower(industry)",
            "coalesce(region, industry)",
            "coalesce(upper(region), 'EMEA')",
        ]
    )
    texts = ["'EMEA'", "'NA'", "'Software'", "'software'", "'Retail'", "'Beta'"]
    number = rng.choice(["employees", "founded_year", "annual_revenue_usd"])
    values = ["50", "2001", "40", "1e6", "0", "-3"]
    no = rng.choice(["", "not "])
    choices = [
        f"{text_column} {rng.choice(['=', '<>', '<', '>='])} {rng.choice(texts)}",
        f"{text_column} {no}in ({', '.join(rng.sample(texts, 3))})",
        f"{text_column} {no}like {rng.choice(['''%a%''', '''_o%''', '''E%A'''])!r}",
        f"{text_column} is {no}null",
        f"{number} {rng.choice(['=', '<>', '<', '<=', '>', '>='])} {rng.choice(values)}",
        f"{number} {no}between {rng.choice(values)} and {rng.choice(values)}",
        rng.choice(["is_customer", "not is_customer", "is_customer <> true"]),
        f"customer_since {rng.choice(['<', '>='])} date '2023-06-01'",
    ]  # fmt: skip
    return rng.choice(choices)


@pytest.mark.parametrize("seed", range(120))
def test_any_filter_takes_the_accounts_that_plain_sql_takes(seed: int) -> None:
    """The filter's terms, evaluated as rows, compared with the database's own reading of the same text."""
    where = _random_condition(random.Random(seed), 3)
    with duckdb.connect() as connection:
        connection.execute(ACCOUNTS)
        expected = [
            row[0]
            for row in connection.execute(f"select account_id from core.accounts where {where} order by 1").fetchall()
        ]
    try:
        found = members(where)
    except ValueError as error:
        # Only a filter that takes nobody, or everybody, whatever the data, is an error.
        assert "no account can ever match it" in str(error) or "every account matches it" in str(error), where
        return
    assert found == expected, where


def test_attributes_are_met_when_any_value_matches_and_excluded_when_none_does() -> None:
    values: dict[str, list[tuple[str, str | float]]] = {
        "technology": [("a1", "Segment"), ("a1", "Stripe"), ("a2", "Stripe"), ("a3", "Segment")],
        "seats": [("a1", 60.0), ("a2", 10.0)],
    }
    settings = {"attributes": {"seats": {"field": "hubspot.company.Seats", "type": "numeric", "bins": [10, 50]}}}

    def found(where: str) -> list[str]:
        return members_of(Settings.model_validate({**settings, "icps": {"x": {"where": where}}}), "x", values)

    assert found("technology = 'Stripe'") == ["a1", "a2"]
    assert found("technology <> 'Stripe'") == ["a3"]
    assert found("technology is null") == ["a4", "a5"]
    assert found("technology in ('Segment') and technology = 'Stripe'") == ["a1"]
    assert found("seats >= 50") == ["a1"]
    assert found("seats < 50 or region = 'NA'") == ["a2", "a3"]


def test_names_of_all_kinds_are_known_and_a_replaced_attribute_means_its_new_field(tmp_path: Path) -> None:
    columns = filter_columns(load(tmp_path, ATTRIBUTES))
    assert (columns["product_line"].kind, columns["has_revops"].kind, columns["seats"].kind) == (
        "text",
        "boolean",
        "number",
    )
    assert columns["opened"].kind == "year"
    assert columns["business_model"].is_attribute and not columns["business_model"].is_account_column
    assert columns["industry"].is_attribute and columns["industry"].is_account_column
    assert "complementary" not in columns
    for where in ("has_revops", "has_revops = true and product_line = 'Pro'", "opened >= 2020", "opened = '2021'"):
        assert filter_clauses(where, columns)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("regoin = 'EMEA'", "unknown column 'regoin'. Did you mean 'region'?"),
        ('"EMEA" = region', "unknown column 'EMEA'"),
        ('region = "EMEA"', "text goes in single quotes"),
        ('"EMEA" = \'x\'', "Text goes in single quotes, such as 'EMEA'"),
        ("region = industry", "a column must be compared with a literal"),
        ("core.accounts.region = 'EMEA'", "unknown column 'core.accounts.region'"),
        ("region", "region is text, so it must be compared with something"),
        ("employees >= '50'", "employees is a number: write 50"),
        ("region = 5", "region is text: write 'text'"),
        ("region = true", "region is text: write 'text'"),
        ("is_customer = 'yes'", "is_customer is yes or no: write true or false"),
        ("employees like '5%'", "`like` is for text"),
        ("lower(employees) = 'x'", "lower() does not apply"),
        ("customer_since > '01.02.2024'", "no such day; expected year-month-day"),
        ("region = null", "write is null or is not null"),
        ("is_customer is true", "`is` works only with null"),
        ("region in (select region from core.accounts)", "not allowed in a filter"),
        ("exists (select 1)", "not allowed in a filter"),
        ("region in ()", "the list of `in` is empty"),
        ("length(region) = 4", "not allowed in a filter"),
        ("region || 'x' = 'EMEAx'", "not allowed in a filter"),
        ("employees + 1 > 5", "not allowed in a filter"),
        ("region ilike 'emea'", "not allowed in a filter"),
        ("region similar to 'E.*'", "not allowed in a filter"),
        ("region like 'E!%' escape '!'", "not allowed in a filter"),
        ("employees between symmetric 50 and 10", "not allowed in a filter"),
        ("case when is_customer then true end", "not allowed in a filter"),
        ("region = ?", "not allowed in a filter"),
        ("region = current_setting('x')", "not allowed in a filter"),
        ("read_text('/etc/passwd') = 'x'", "not allowed in a filter"),
        ("1 = 1", "a condition must be about a column"),
        ("true", "not allowed in a filter"),
        ("region is null and coalesce(region, 'a') is null", "no account can ever match it"),
        ("coalesce(region, 'a') is not null", "every account matches it"),
        ("", "it is empty"),
        ("region = 'EMEA' and", "it is not a SQL condition"),
        ("region = 'EMEA", "it is not a SQL condition"),
        ("region = 'EMEA'; drop table core.accounts", "it holds a semicolon"),
        ("region = 'EMEA') or (1 = 1", "it is not a SQL condition"),
        ("region = 'x' union select 1", "not allowed in a filter"),
        (" and ".join(f"(region = 'a{i}' or industry = 'b{i}')" for i in range(10)), "combines too many alternatives"),
        ("(" * 5000 + "is_customer" + ")" * 5000, "nested too deeply"),
        ("region in ('" + "x" * 60_000 + "')", "longer than 50,000 characters"),
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_used_names_file_line_and_key(tmp_path: Path, where: str, expected: str) -> None:
    import json

    with pytest.raises(SettingsError) as caught:
        load(tmp_path, f"owner: somebody\nicps:\n  primary: {{}}\n  emea:\n    where: {json.dumps(where)}\n")
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'icp.yaml'}:5: icps.emea.where: "), message
    assert expected in message


@pytest.mark.parametrize(
    "text",
    [
        "x'; drop table core.accounts; --",
        "' or '1' = '1",
        "\\' or 1=1 --",
        "{region}",
        "%s $1 ? :x",
        "/* */",
        'Robert"); drop',
    ],
)
def test_text_that_looks_like_sql_is_only_ever_compared(text: str) -> None:
    quoted = text.replace("'", "''")
    assert members(f"region = '{quoted}'") == []
    assert members(f"region <> '{quoted}'") == ["a1", "a2", "a3", "a5"]
    rows = filter_rows(Settings.model_validate({"icps": {"x": {"where": f"region = '{quoted}'"}}}))
    assert [row["text_value"] for row in rows] == [text]


def test_the_model_is_the_same_text_whatever_the_filters_say() -> None:
    """User text never reaches SQL: the model reads rows, and no text is formatted into it."""
    sql = model_sql()
    assert "settings.filters" in sql and "{" not in sql
    sqlglot.parse_one(sql, read="duckdb")


def test_primary_is_always_there_and_takes_every_account() -> None:
    settings = Settings.model_validate({"icps": {"emea": {"where": "region = 'EMEA'"}}})
    assert list(settings.icps) == ["primary", "emea"]
    assert [*filters_of(settings)] == [("icps", "emea")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("icps: {emea: {filter: x}}", "icps.emea.filter: unknown setting. Known here: exports, where."),
        ("icps: {EMEA: {where: is_customer}}", "icps.EMEA: expected a name of lower-case letters"),
        ("icps: {primary: {exports: {salesforce: {tier: X__c}}}}", "belong under `exports:`"),
        (
            "exports: {salesforce: {score: icp_tier__C}}",
            "exports.salesforce.score: 'icp_tier__C' is already written by exports.salesforce.tier",
        ),
        (
            "icps: {emea: {exports: {salesforce: {tier: ICP_Tier__c}}}}",
            "'ICP_Tier__c' is already written by exports.salesforce.tier",
        ),
        (
            "icps: {a: {exports: {hubspot: {tier: x}}}, b: {exports: {hubspot: {tier: X}}}}",
            "'X' is already written by icps.a.exports.hubspot.tier",
        ),
        ("icps: {emea: {exports: {salesforce: {tier: 'a b'}}}}", "icps.emea.exports.salesforce.tier"),
    ],
)
def test_other_mistakes_about_icps_are_named(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert expected in str(caught.value)
