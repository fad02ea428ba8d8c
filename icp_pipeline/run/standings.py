"""How accounts stood in the last published run, and under which ids: what the next run compares with.

One that is gone keeps its last standing, for it may return; one that moved or was merged goes on as another.
"""

from __future__ import annotations

from icp_pipeline.warehouse.build import Build

_STATEMENTS = (
    """
    create or replace temp table standings as
    select tiers.account_id, tiers.icp_id, tiers.tier, tiers.tier_since, tiers.as_of, tiers.icp_version,
        tiers.candidate_tier, tiers.candidate_as_of, tiers.candidate_cause, tiers.candidate_because,
        scores.fit_points, scores.trigger_score, run.tier_rule, cast(null as date) as gone_on
    from icp.account_tiers as tiers
    inner join icp.account_scores as scores using (account_id, icp_id)
    cross join settings.run as run
    union all by name
    select previous.* exclude (gone_on), coalesce(previous.gone_on, run.as_of) as gone_on
    from history.account_tiers as previous
    inner join icp.account_successors as successors using (account_id)
    cross join settings.run as run
    where successors.fate = 'gone'
    """,
    """
    create or replace temp table references_now as
    select key_type, key_value, account_id from core.account_keys
    union all by name
    select 'account' as key_type, account_id as key_value, account_id from core.accounts
    union all by name
    select past.key_type, past.key_value, coalesce(successors.now_account_id, past.account_id) as account_id
    from history.account_references as past
    left join icp.account_successors as successors
        on past.account_id = successors.account_id
        and (successors.fate = 'moved' or (successors.fate = 'merged' and past.key_type <> 'account'))
    where not exists (
        select 1 from core.account_keys as keys
        where keys.key_type = past.key_type and keys.key_value = past.key_value
    ) and not (past.key_type = 'account' and past.key_value in (select account_id from core.accounts))
    """,
    "delete from history.account_tiers",
    "insert into history.account_tiers by name select * from standings",
    "delete from history.account_references",
    "insert into history.account_references by name select * from references_now",
    "delete from history.score_pieces",
    "insert into history.score_pieces by name select * from icp.score_pieces",
    "drop table standings",
    "drop table references_now",
)


def keep_standings(build: Build) -> None:
    """Put this run's tiers, ids and pieces of points in the place of the last run's, in `history` of the work file."""
    for statement in _STATEMENTS:
        build.execute(statement)
