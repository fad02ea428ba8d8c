with
-- By the place of their runs in the order of publication; moves of the run in progress may be in history already.
changes as (
    select changes.icp_id, changes.account_id, changes.as_of, changes.from_tier, changes.to_tier, changes.cause,
        changes.icp_version, coalesce(runs.place, 0) as place
    from history.tier_changes as changes
    left join icp.run_order as runs on changes.run_id = runs.run_id
    where changes.account_id in (select account_id from shown)
    union
    select moves.icp_id, moves.account_id, moves.as_of, moves.from_tier, moves.to_tier, moves.cause, moves.icp_version,
        this_run.place
    from icp.tier_transitions as moves
    cross join icp.run_order as this_run
    where this_run.is_current and moves.account_id in (select account_id from shown)
)

-- As many as a scorecard has room for; `icp explain` shows all.
select icp_id, account_id, as_of, from_tier, to_tier, cause, icp_version, place
from changes
qualify row_number() over (
    partition by icp_id, account_id order by place desc, icp_version desc nulls last, cause, from_tier, to_tier
) <= 12
