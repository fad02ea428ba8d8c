"""Reads what the report shows: one query per frame, in `queries/`. A query on a table this version lacks is skipped."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path

import pandas as pd

from icp_pipeline.report.figures import Frames
from icp_pipeline.tiers import tier_rank

# One row per account or more: only the accounts section reads them.
ABOUT_ACCOUNTS = (
    "accounts",
    "standings",
    "evidence",
    "evidence_pieces",
    "unknown_criteria",
    "what_if",
    "triggers",
    "tier_history",
)
# And the points each criterion would add, and the number of all accounts.
READ_FOR_ACCOUNTS = (*ABOUT_ACCOUNTS, "criteria", "accounts_counted")
# How many accounts fit into a page that can be mailed.
MOST_ACCOUNTS = 60_000
# The first ones in working order: best tier in any ICP, then priority there.
_SHOWN = f"""
best as (
    select tiers.account_id, {tier_rank("tiers.tier")} as tier_rank,
        scores.priority_score
    from icp.account_tiers as tiers
    inner join icp.account_scores as scores on tiers.account_id = scores.account_id and tiers.icp_id = scores.icp_id
    qualify row_number() over (
        partition by tiers.account_id order by tier_rank nulls last, scores.priority_score desc nulls last
    ) = 1
),
first_ones as (
    select accounts.account_id
    from core.accounts as accounts
    left join best on accounts.account_id = best.account_id
    order by best.tier_rank nulls last, best.priority_score desc nulls last, accounts.account_id
    limit {{most}}
),
-- The number stands for the account in frames that are read together: a view has no `rowid`.
shown as materialized (
    select account_id, cast(row_number() over (order by account_id) - 1 as integer) as account from first_ones
)"""
_QUERIES = Path(__file__).with_name("queries")
_TABLES = """
select table_schema || '.' || table_name as name from information_schema.tables
where table_catalog = current_catalog()
"""
# Queries name the warehouse's tables with their schema, and their own CTEs without.
_READS = re.compile(r"\b(?:from|join)\s+([a-z_]+\.[a-z_]+)")


def read(query: Callable[[str], pd.DataFrame]) -> Frames:
    """All frames except the rows about single accounts, by name; `query` runs one statement on the warehouse."""
    wanted = {name: sql for name, sql in queries(query).items() if name not in ABOUT_ACCOUNTS}
    return {name: query(_in_order(name, sql)) for name, sql in wanted.items()}


def read_for_accounts(query: Callable[[str], pd.DataFrame], large: Callable[[str], pd.DataFrame]) -> Frames:
    """The frames of the accounts section; `large` does the same as `query`, but faster for many rows."""
    wanted = queries(query, READ_FOR_ACCOUNTS)
    by = dict.fromkeys(ABOUT_ACCOUNTS, large)
    return {name: by.get(name, query)(_in_order(name, sql)) for name, sql in wanted.items()}


def _in_order(name: str, sql: str) -> str:
    """A query with a total order, whatever the number of threads; the accounts queries have their own order."""
    if name in ABOUT_ACCOUNTS or "order by" in sql.rpartition(")")[2]:
        return sql
    return f"select * from (\n{sql}\n) order by all"


def queries(query: Callable[[str], pd.DataFrame], chosen: Collection[str] | None = None) -> dict[str, str]:
    """The queries whose tables all exist, by name, in a fixed order."""
    there = set(query(_TABLES)["name"])
    found = {path.stem: _shown_alone(path.read_text(encoding="utf-8")) for path in sorted(_QUERIES.glob("*.sql"))}
    return {name: sql for name, sql in found.items() if needed(sql) <= there and (chosen is None or name in chosen)}


def _shown_alone(sql: str) -> str:
    """A query with the CTE `shown`, if it selects the accounts on the page."""
    if "from shown" not in sql:
        return sql
    own_steps = sql.removeprefix("with")
    return f"with {_SHOWN.format(most=MOST_ACCOUNTS)}{',' if own_steps != sql else ''}\n{own_steps}"


def needed(sql: str) -> set[str]:
    """The warehouse tables that a query reads, as `schema.table`."""
    return set(_READS.findall(sql))
