"""Stores each account's tier and ids of this run, for the next run to compare with.

One that is gone keeps its last standing, for it may return; one that moved or was merged goes on as another.
"""

from __future__ import annotations

from icp_pipeline.names import TableName
from icp_pipeline.warehouse.build import Build

PIECES = TableName("icp", "score_pieces")

_STATEMENTS = (
    """
    delete from history.account_tiers
    where account_id not in (select account_id from icp.account_successors where fate = 'gone')
    """,
    "update history.account_tiers set gone_on = (select as_of from settings.run) where gone_on is null",
    """
    insert into history.account_tiers by name
    select tiers.account_id, tiers.icp_id, tiers.tier, tiers.tier_since, tiers.as_of, tiers.icp_version,
        tiers.candidate_tier, tiers.candidate_as_of, tiers.candidate_cause, tiers.candidate_because,
        scores.fit_points, scores.trigger_score, run.tier_rule
    from icp.account_tiers as tiers
    inner join icp.account_scores as scores using (account_id, icp_id)
    cross join settings.run as run
    """,
    # Ids that today's records do not have any more stay, and point to who has them on.
    """
    delete from history.account_references as past
    where exists (
        select 1 from core.account_keys as keys
        where keys.key_type = past.key_type and keys.key_value = past.key_value
    ) or (past.key_type = 'account' and past.key_value in (select account_id from core.accounts))
    """,
    """
    update history.account_references as past set account_id = successors.now_account_id
    from icp.account_successors as successors
    where past.account_id = successors.account_id
        and (successors.fate = 'moved' or (successors.fate = 'merged' and past.key_type <> 'account'))
    """,
    """
    insert into history.account_references by name
    select key_type, key_value, account_id from core.account_keys
    union all
    select 'account' as key_type, account_id as key_value, account_id from core.accounts
    """,
)
_PIECES = (
    "delete from history.score_pieces {chosen}",
    "insert into history.score_pieces by name select * from icp.score_pieces {chosen}",
)


def keep_standings(build: Build, moved: frozenset[str] | None = None) -> None:
    """Replace the last run's tiers, ids and pieces of points in `history` of the work file with this run's.

    `moved`: the accounts of which `icp.score_pieces` has other rows than after the last run; None if that is unknown.
    There are many pieces to an account, and few accounts change in a night.
    """
    for statement in _STATEMENTS:
        build.execute(statement)
    chosen = "" if moved is None else "where account_id in (select unnest(cast(? as varchar[])))"
    for statement in _PIECES:
        build.execute(statement.format(chosen=chosen), [] if moved is None else [sorted(moved)])
