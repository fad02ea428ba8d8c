-- One row per account, ICP and period in one tier, as past runs recorded it. A tier counts from the day after it was
-- given, because an event on that day may be what gave it.
with
-- An account with a new id keeps its history; one that was merged into another keeps its own.
changes as (
    select
        coalesce(renamed.now_account_id, changes.account_id) as account_id,
        changes.icp_id,
        changes.to_tier,
        coalesce(runs.counted_on, changes.as_of) as counted_on,
        changes.run_id,
        coalesce(runs.sequence, 0) as sequence
    from history.tier_changes as changes
    left join icp.renamed_accounts as renamed on changes.account_id = renamed.account_id
    left join icp.past_runs as runs on changes.run_id = runs.run_id
),

-- In order of publication.
intervals as (
    select
        changes.account_id,
        changes.icp_id,
        changes.to_tier,
        changes.counted_on,
        min(changes.counted_on) over (
            partition by changes.account_id, changes.icp_id
            order by changes.sequence asc nulls first, changes.run_id asc nulls first
            rows between 1 following and unbounded following
        ) as taken_on
    from changes
)

select
    -- #not_null
    intervals.account_id,
    -- #not_null
    intervals.icp_id,
    -- #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    intervals.to_tier as tier,
    -- Day of the scoring that gave it; the tier is the one before an event of any later day. #not_null
    -- #unique_with[account_id,icp_id]
    intervals.counted_on as given_on,
    -- Day of the scoring that took it away, inclusive; NULL while the account is in the tier.
    intervals.taken_on
from intervals
-- While no export had it, it had no tier.
where intervals.to_tier is not null and (intervals.taken_on is null or intervals.taken_on > intervals.counted_on)
