"""Peers get the same SELECTs: only the names of the tables they read are rewritten for the peer."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot

from bench.dbt_project import write_dbt_project
from bench.rewrite import as_dbt, with_tables
from bench.sqlmesh_project import sqlmesh_model, write_sqlmesh_project
from icp_pipeline.home import SQL
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Model
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.models.parse import parse_model
from icp_pipeline.names import TableName

INPUTS = frozenset({"lake", "settings", "history"})
_SQL = """-- One row per account.
with
spent as (
    select account_id, sum(amount) as amount from core.deals as won group by account_id
)

select
    -- Account. #not_null #unique #references[core.accounts.account_id]
    accounts.account_id,
    -- Spent. #between[0,10]!warn
    spent.amount,
    -- Kind. #accepted[a,it's]
    ticket.kind
from core.accounts
inner join spent on accounts.account_id = spent.account_id
left join lake.ticket on accounts.account_id = ticket.account_key and ticket.kind <> 'from core.deals'
"""


@pytest.fixture
def model(tmp_path: Path) -> Model:
    path = tmp_path / "spenders.sql"
    path.write_text(_SQL, encoding="utf-8")
    return parse_model(TableName("core", "spenders"), path)


def test_only_table_names_change(model: Model) -> None:
    text = with_tables(model, lambda name: f"elsewhere.{name.table}")
    assert "from elsewhere.deals as won" in text
    assert "from elsewhere.accounts as accounts\n" in text
    assert "left join elsewhere.ticket as ticket on" in text
    assert "<> 'from core.deals'" in text
    undone = text.replace("elsewhere.deals", "core.deals").replace("elsewhere.accounts as accounts", "core.accounts")
    assert undone.replace("elsewhere.ticket as ticket", "lake.ticket") == model.sql


def test_dbt_reads_models_by_ref_and_inputs_by_source(model: Model) -> None:
    text = as_dbt(model, INPUTS)
    assert "from {{ ref('core__deals') }} as won" in text
    assert "from {{ ref('core__accounts') }} as accounts" in text
    assert "left join {{ source('lake', 'ticket') }} as ticket" in text


def test_sql_that_dbt_would_read_as_jinja_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "braces.sql"
    path.write_text(
        "-- Braces.\nselect\n    -- Braces.\n    '{{ x }}' as braces\nfrom core.accounts\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match="Jinja"):
        as_dbt(parse_model(TableName("core", "braces"), path), INPUTS)


def test_tags_become_dbt_tests(model: Model, tmp_path: Path) -> None:
    folder = tmp_path / "dbt"
    write_dbt_project(ModelGraph({model.name: model}), folder, tmp_path / "work.duckdb", 2, "1GB")
    written = (folder / "models" / "core" / "core__spenders.yml").read_text(encoding="utf-8")
    assert "- not_null: {}" in written
    assert "to: ref('core__accounts')" in written
    assert "severity: warn" in written
    assert "it's" in written


def test_tags_become_sqlmesh_audits(model: Model) -> None:
    header = sqlmesh_model(model).split(";")[0]
    assert "name core.spenders" in header
    assert "depends_on (core.accounts)" in header
    assert "not_null(columns := (account_id))" in header
    assert "unique_values(columns := (account_id), condition := account_id is not null)" in header
    assert "references_column(column := account_id, other := core.accounts, key := account_id)" in header
    assert "accepted_range(column := amount, min_v := 0, max_v := 10, blocking := false)" in header
    assert "'it''s'" in header


def test_every_model_of_the_project_can_be_rewritten(tmp_path: Path) -> None:
    graph = cached_models(SQL)
    write_sqlmesh_project(graph, tmp_path / "sqlmesh", tmp_path / "work.duckdb", 2, "1GB")
    write_dbt_project(graph, tmp_path / "dbt", tmp_path / "work.duckdb", 2, "1GB")
    for model in graph:
        marked = with_tables(model, lambda name: f"seen.{name.schema}__{name.table}")
        read = {
            f"{table.db}.{table.name}" for table in sqlglot.parse_one(marked, read="duckdb").find_all(sqlglot.exp.Table)
        }
        assert {f"seen.{name.schema}__{name.table}" for name in model.depends_on} <= read
        assert not {str(name) for name in model.depends_on} & read
