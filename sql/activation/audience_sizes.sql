-- One row per audience: how many are in it, and how many came in and went out in this run and in the last 30 days. The
-- first filling of a new audience does not count as coming in.
with
members as (
    select audience, count(*) as accounts
    from activation.audience_members
    group by audience
),

kept_out as (
    select audience, count(*) as accounts
    from activation.audience_candidates
    where kept_out_by is not null
    group by audience
),

-- What this run adds to the log is not in it yet.
happenings as (
    select audience, change, cause, as_of, 1 as is_now from activation.audience_changes
    union all
    select audience, change, cause, as_of, 0 as is_now from history.audience_changes
),

moves as (
    select
        happenings.audience,
        sum(case when happenings.change = 'added' then happenings.is_now else 0 end) as added_now,
        sum(case when happenings.change = 'removed' then happenings.is_now else 0 end) as removed_now,
        sum(case when happenings.change = 'added' then 1 else 0 end) as added_30_days,
        sum(case when happenings.change = 'removed' then 1 else 0 end) as removed_30_days
    from happenings
    cross join settings.run
    where
        happenings.cause <> 'audience'
        and happenings.as_of <= run.as_of
        and happenings.as_of > run.as_of - interval '30' day
    group by happenings.audience
)

select
    -- Audience. #not_null #unique
    audiences.audience,
    -- Order of the audiences. #not_null
    audiences.audience_order,
    -- ICP whose tiers it is made of. #not_null
    audiences.icp_id,
    -- Accounts in it. #not_null
    coalesce(members.accounts, 0) as accounts,
    -- Accounts that would be in it but are kept out. #not_null
    coalesce(kept_out.accounts, 0) as kept_out,
    -- Accounts added by this run. #not_null
    cast(coalesce(moves.added_now, 0) as bigint) as added_now,
    -- Accounts removed by this run. #not_null
    cast(coalesce(moves.removed_now, 0) as bigint) as removed_now,
    -- Accounts added in the last 30 days. #not_null
    cast(coalesce(moves.added_30_days, 0) as bigint) as added_30_days,
    -- Accounts removed in the last 30 days. #not_null
    cast(coalesce(moves.removed_30_days, 0) as bigint) as removed_30_days
from settings.audiences as audiences
left join members on audiences.audience = members.audience
left join kept_out on audiences.audience = kept_out.audience
left join moves on audiences.audience = moves.audience
