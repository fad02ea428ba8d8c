"""Every query uses tables that the warehouse has; what an older file lacks is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from icp_pipeline import duck
from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.report import frame_queries

QUERIES = sorted((Path(frame_queries.__file__).parent / "queries").glob("*.sql"))


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_each_query_reads_tables_that_exist(path: Path, sql_dir: Path) -> None:
    known = {str(name) for name in INPUTS} | {f"{model.parent.name}.{model.stem}" for model in sql_dir.glob("*/*.sql")}
    wanted = frame_queries.needed(path.read_text())
    assert wanted and wanted <= known


def test_a_query_whose_table_is_missing_is_not_run() -> None:
    asked: list[str] = []

    def query(sql: str) -> pd.DataFrame:
        asked.append(sql)
        return pd.DataFrame({"name": ["quality.warnings"]})

    assert list(frame_queries.read(query)) == ["warnings"]
    assert len(asked) == 2


BIG_HOME = """
create schema core; create schema icp; create schema history;
create table core.accounts as
select 'a' || range as account_id, 'Company ' || range as name, null::varchar as domain, false as is_customer,
    'prospect' as relationship, null::varchar as industry, 10 as employees, null::varchar as country,
    null::varchar as salesforce_account_id, null::varchar as hubspot_company_id
from range(8);
create table icp.account_tiers as from (values
    ('primary', 'a0', 'tier_3'), ('primary', 'a1', 'tier_1'), ('primary', 'a2', 'unscored'),
    ('primary', 'a3', 'tier_3'), ('primary', 'a4', 'tier_2'), ('primary', 'a5', 'not_icp'), ('primary', 'a6', 'tier_3'),
    ('emea', 'a5', 'tier_1'), ('emea', 'a4', 'tier_3')
) as t (icp_id, account_id, tier);
create table icp.account_scores as from (values
    ('primary', 'a0', 0.5), ('primary', 'a1', 0.1), ('primary', 'a2', null), ('primary', 'a3', 0.9),
    ('primary', 'a4', 0.2), ('primary', 'a5', -3), ('primary', 'a6', 0.9), ('emea', 'a5', 0.7), ('emea', 'a4', 9)
) as t (icp_id, account_id, priority_score);
create table icp.run_order as
select 'r' || range as run_id, range + 1 as place, range = 19 as is_current from range(20);
create table history.tier_changes as
select 'r' || range as run_id, 'primary' as icp_id, account_id,
    -- The clock of the first run was ahead by a year, and that of the tenth behind.
    date '2026-01-01' + cast(case range when 0 then 365 when 9 then -365 else range end as integer) as as_of,
    'tier_2' as from_tier, 'tier_1' as to_tier, 'drift' as cause, 'v1' as icp_version
from range(20), (values ('a1'), ('a0')) as t (account_id);
create table icp.tier_transitions as select * exclude (run_id) from history.tier_changes where run_id = 'r19';
"""

# As in a large home, where tables stand in files beside the version.
AS_VIEWS = """
alter table core.accounts rename to stored;
create view core.accounts as select * from core.stored order by account_id desc;
create table icp.score_evidence as from (values
    ('primary', 'a1', 'industry', 'software', 0.5), ('primary', 'a3', 'industry', 'software', 0.5),
    ('primary', 'a7', 'industry', 'software', 0.5), ('primary', 'a5', 'region', 'emea', 0.2),
    ('primary', 'a0', 'region', 'emea', 0.2)
) as t (icp_id, account_id, attribute, segment, points);
"""


@pytest.fixture
def big_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """The rows of the accounts query for eight accounts, of which a page has four."""
    monkeypatch.setattr(frame_queries, "MOST_ACCOUNTS", 4)
    with duck.connect() as connection:
        connection.execute(BIG_HOME)

        def read(name: str) -> list[dict[str, Any]]:
            found = frame_queries.queries(lambda sql: connection.execute(sql).df(), [name])
            return connection.execute(found[name]).df().to_dict("records")

        yield read


def test_a_page_holds_the_first_accounts_in_working_order(big_home: Callable[[str], list[dict[str, Any]]]) -> None:
    # Best tier in any ICP, then priority there, then id; accounts in no ICP come last.
    assert {row["account_id"] for row in big_home("accounts")} == {"a5", "a1", "a4", "a3"}
    assert big_home("accounts_counted") == [{"accounts": 8}]


def test_evidence_and_accounts_agree_on_numbers_where_accounts_are_a_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_queries, "MOST_ACCOUNTS", 4)
    with duck.connect() as connection:
        connection.execute(BIG_HOME + AS_VIEWS)
        asked = frame_queries.queries(lambda sql: connection.execute(sql).df(), ["accounts", "evidence"])
        ids = dict(connection.execute(f"select account, account_id from ({asked['accounts']})").fetchall())
        found = connection.execute(asked["evidence"]).fetchall()
    assert sorted(ids) == [0, 1, 2, 3]
    # Pieces are numbered by how many accounts have them; a0 and a7 are not on the page.
    assert sorted((ids[account], piece) for account, piece in found) == [("a1", 0), ("a3", 0), ("a5", 1)]


def test_of_what_happened_a_page_has_what_its_scorecards_show(
    big_home: Callable[[str], list[dict[str, Any]]],
) -> None:
    history = big_home("tier_history")
    assert {row["account_id"] for row in history} == {"a1"}
    # The last twelve that were published, although one of them says an earlier day, and one before them a later one.
    assert sorted(row["place"] for row in history) == [*range(9, 21)]
    assert {row["place"]: str(row["as_of"].date()) for row in history}[10] == "2025-01-01"


def test_all_rows_about_accounts_are_of_those_that_the_page_holds() -> None:
    for path in QUERIES:
        if path.stem in frame_queries.ABOUT_ACCOUNTS:
            assert ("from shown" in path.read_text()) == (path.stem != "evidence_pieces"), path.stem
