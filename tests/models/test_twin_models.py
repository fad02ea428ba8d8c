"""A twin has the text of another model, with other names for key and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from icp_pipeline.models.graph import load_models, read_models
from icp_pipeline.names import TableName

POINTS = """-- One row per account.
with
summed as (
    select account_pieces.account_id, sum(account_pieces.points) as points
    from core.account_pieces
    group by account_pieces.account_id
)

select
    -- Account. #not_null #same_count_as[core.accounts]
    accounts.account_id,
    -- Sum. #not_null
    coalesce(summed.points, 0) as points,
    -- 'account' is a word, too. #not_null
    'account' as kind
from core.accounts as accounts
left join summed on accounts.account_id = summed.account_id
"""
TWIN = """-- One row per lead.
-- #twin_of[core.account_points]
-- account_id = lead_id
-- core.accounts = core.leads
-- core.account_pieces = core.lead_pieces
"""


def keys(name: str) -> str:
    return f"-- Rows.\nselect\n    -- Key. #not_null\n    'x' as {name},\n    -- Points. #not_null\n    1 as points\n"


@pytest.fixture
def sql_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "core"
    folder.mkdir()
    for name, text in {
        "accounts": keys("account_id"),
        "account_pieces": keys("account_id"),
        "leads": keys("lead_id"),
        "lead_pieces": keys("lead_id"),
        "account_points": POINTS,
        "lead_points": TWIN,
    }.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_twin_reads_its_own_tables_and_has_its_own_key(sql_dir: Path) -> None:
    twin = load_models(sql_dir)[TableName("core", "lead_points")]
    assert twin.description == "One row per lead."
    assert twin.depends_on == (TableName("core", "lead_pieces"), TableName("core", "leads"))
    assert twin.column_names() == ("lead_id", "points", "kind")
    assert [str(tag) for tag in twin.columns[0].tags] == ["#not_null", "#same_count_as[core.leads]"]
    assert "'account' as kind" in twin.sql and "from core.lead_pieces as account_pieces" in twin.sql


def test_what_changes_in_a_rule_changes_in_its_twin(sql_dir: Path) -> None:
    path = sql_dir / "core" / "account_points.sql"
    path.write_text(path.read_text().replace("sum(account_pieces.points)", "max(account_pieces.points)"))
    assert "max(account_pieces.points)" in load_models(sql_dir)[TableName("core", "lead_points")].sql


@pytest.mark.parametrize(("text", "said"), [
    ("-- Rows.\n-- #twin_of[core.nobody]\n", "core.nobody]: there is no such model"),
    (TWIN + "-- and so on\n", "'-- and so on': expected lines such as"),
])  # fmt: skip
def test_a_twin_of_nothing_is_named(sql_dir: Path, text: str, said: str) -> None:
    (sql_dir / "core" / "lead_points.sql").write_text(text)
    _, findings = read_models(sql_dir)
    assert [finding.path.name for finding in findings] == ["lead_points.sql"] and said in findings[0].message
