"""Reconciliation: what must add up before a run may be published, so that nothing is lost or doubled.

For each file, lines = loaded + rejected, and what was loaded is in the lake. For each CRM, landed rows = rows in an
account + rows left out with a reason. Events loaded - duplicates = events in staging. For each ICP,
accounts = tiered + unscored + outside its filter. Tests show that it holds; here each run asserts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from icp_pipeline.catalog.kinds import ACCOUNT_KINDS, KINDS
from icp_pipeline.errors import CheckError
from icp_pipeline.sources.usage.file_scan import scan_of
from icp_pipeline.sources.usage.overlaps import parts_of

if TYPE_CHECKING:
    from icp_pipeline.run.session import Run

# Kinds in which one line is one row. Events are summed by day and counted once, and a list in a cell has many rows.
_KINDS = sorted(kind.name for kind in KINDS.values() if kind.is_ordered)
_LANDED = "\nunion all\n".join(
    f"select source_path as path, '{kind}' as table_name, count(*) as n from lake.{kind} group by source_path"
    for kind in _KINDS
)
_PROGRAM = "This is a bug, not a fault of the data: please report it."
_LAKE = "Something else changed a file in the lake: delete the folder lake/; the next run rebuilds it."

# Each finds what does not add up: its subject, and two numbers that should be equal.
_BALANCES = {
    "lines read and lines loaded + rejected": """
        select path as subject, rows_read as expected, rows_loaded + rows_rejected as found
        from quality.source_files where rows_read <> rows_loaded + rows_rejected
    """,
    "lines loaded and rows in the lake": f"""
        select files.path as subject, files.n as expected, coalesce(landed.n, 0) as found
        from (
            select path, table_name, sum(rows_loaded) as n from quality.source_files
            where table_name in ({", ".join(f"'{kind}'" for kind in _KINDS)}) and status <> 'replaced'
            group by path, table_name
        ) as files
        left join ({_LANDED}) as landed on files.path = landed.path and files.table_name = landed.table_name
        where files.n <> coalesce(landed.n, 0) order by files.path
    """,
    "lines rejected and rows of quality.rejected_rows": """
        select files.path as subject, files.rows_rejected as expected, coalesce(listed.n, 0) as found
        from (select path, max(rows_rejected) as rows_rejected from quality.source_files group by path) as files
        left join (
            select path, count(*) as n from quality.rejected_rows where scope = 'row' group by path
        ) as listed on files.path = listed.path
        where files.rows_rejected > 0 and coalesce(listed.n, 0) < files.rows_rejected
    """,
    "account rows loaded and account rows in quality.account_balance": f"""
        select loaded.source_system as subject, loaded.n as expected, coalesce(balanced.n, 0) as found
        from (
            select source as source_system, sum(rows_loaded) as n from quality.source_files
            where table_name in {ACCOUNT_KINDS} and status <> 'replaced' group by source
        ) as loaded
        left join (
            select source_system, sum(records) as n from quality.account_balance group by source_system
        ) as balanced on loaded.source_system = balanced.source_system
        where loaded.n <> coalesce(balanced.n, 0)
    """,
    "account records and records of core.accounts": """
        select 'core.account_records' as subject, balanced.n as expected, kept.n as found
        from (
            select coalesce(sum(records), 0) as n from quality.account_balance where outcome = 'account'
        ) as balanced
        cross join (
            select count(*) as n from core.account_records
            inner join core.accounts on account_records.account_id = accounts.account_id
        ) as kept
        where balanced.n <> kept.n
    """,
    "accounts and accounts tiered + unscored + outside the filter": """
        select icps.icp_id as subject, everyone.n as expected,
            coalesce(standing.n, 0) + everyone.n - coalesce(inside.n, 0) as found
        from settings.icps as icps
        cross join (select count(*) as n from core.accounts) as everyone
        left join (
            select icp_id, count(distinct account_id) as n from core.icp_members group by icp_id
        ) as inside on icps.icp_id = inside.icp_id
        left join (
            select icp_id, count(*) as n from icp.account_tiers
            where tier in ('tier_1', 'tier_2', 'tier_3', 'not_icp', 'unscored') and reasons is not null
            group by icp_id
        ) as standing on icps.icp_id = standing.icp_id
        where coalesce(standing.n, 0) <> coalesce(inside.n, 0)
    """,
}


# Corrections can be below 0: only the remainder of such a day counts, and never less than zero.
_EVENTS = """
select 'staging.usage_daily' as subject, loaded.n - twice.n as expected, standing.n as found
from (select coalesce(sum(events), 0) as n, coalesce(min(events), 0) as least from {loaded}) as loaded
cross join (select coalesce(sum(weight), 0) as n from {lost}) as twice
cross join (select coalesce(min(weight), 0) as least from {weights}) as weights
cross join (
    select
        (select coalesce(sum(events), 0) from staging.usage_daily)
        - (select coalesce(sum(events), 0) from staging.usage_counts where events > 0) as n
) as standing
where loaded.n - twice.n <> standing.n and least(loaded.least, weights.least) >= 0
"""


def _books(run: Run) -> dict[str, str]:
    files = [parts_of(path) for path in run.land().parquet.get("usage_daily", ())]
    if not files:
        return _BALANCES
    nets = [parts for parts in files if parts.lost]
    none = "(select 0 as weight)"
    query = _EVENTS.format(
        loaded=scan_of([parts.loaded for parts in files]),
        lost=scan_of([parts.lost for parts in nets if parts.lost]) if nets else none,
        weights=scan_of([parts.hashes for parts in nets]) if nets else none,
    )
    return _BALANCES | {"events loaded without duplicates and events in the lake": query}


def account_for_everything(run: Run) -> None:
    """Raise CheckError for the first sum that does not balance, naming its subject and both numbers."""
    for name, query in _books(run).items():
        wrong = run.frame(query)
        if len(wrong):
            row = wrong.iloc[0]
            raise CheckError(
                f"{row['subject']}: {name} differ: {int(row['expected']):,} and {int(row['found']):,}. Nothing was "
                f"published; the last version stays live. {_LAKE if name.endswith('in the lake') else _PROGRAM}"
            )
