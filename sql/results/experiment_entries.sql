-- One row per experiment and account that visited after it was assigned to an arm. An account enters once, at that
-- visit, as it was in the last run before: arm and segment are frozen then, and so is whether it is compared at all,
-- because a visit's consequences must not decide that.
with
kept as (
    select
        entries.experiment,
        accounts.now_account_id as account_id,
        entries.arm,
        entries.entered_on,
        entries.left_out,
        entries.tier,
        entries.industry,
        entries.employees,
        entries.region,
        row_number() over (
            partition by entries.experiment, accounts.now_account_id
            order by entries.as_of asc, coalesce(runs.sequence, 0) asc, entries.run_id asc, entries.account_id asc
        ) as place
    from history.experiment_entries as entries
    inner join activation.experiment_accounts as accounts on entries.account_id = accounts.account_id
    left join history.runs as runs on entries.run_id = runs.run_id
),

-- A conversion is a visit, too.
first_visits as (
    select arms.experiment, arms.account_id, arms.arm, min(days.happened_on) as entered_on
    from activation.experiment_arms as arms
    inner join core.account_web_days as days
        on arms.account_id = days.account_id and arms.assigned_on < days.happened_on
    group by arms.experiment, arms.account_id, arms.arm
),

standings as (
    select
        accounts.now_account_id as account_id,
        standings.relationship,
        standings.industry,
        standings.employees,
        standings.region,
        standings.is_different,
        row_number() over (
            partition by accounts.now_account_id order by standings.as_of desc, standings.account_id asc
        ) as place
    from history.experiment_standings as standings
    inner join activation.experiment_accounts as accounts on standings.account_id = accounts.account_id
),

found as (
    select
        visits.experiment,
        visits.account_id,
        visits.arm,
        visits.entered_on,
        case
            when standings.relationship is null then 'unknown'
            when standings.relationship <> 'prospect' then 'not_prospect'
            when not standings.is_different then 'same_content'
        end as left_out,
        intervals.tier,
        standings.industry,
        standings.employees,
        standings.region
    from first_visits as visits
    left join kept on visits.experiment = kept.experiment and visits.account_id = kept.account_id and kept.place = 1
    left join standings on visits.account_id = standings.account_id and standings.place = 1
    left join icp.tier_intervals as intervals
        on visits.account_id = intervals.account_id
        and intervals.icp_id = 'primary'
        and visits.entered_on > intervals.given_on
        and (intervals.taken_on is null or visits.entered_on <= intervals.taken_on)
    where kept.account_id is null
),

entries as (
    select experiment, account_id, arm, entered_on, left_out, tier, industry, employees, region, false as is_new
    from kept
    where place = 1
    union all
    select experiment, account_id, arm, entered_on, left_out, tier, industry, employees, region, true as is_new
    from found
),

-- How far the landed events reach: if an export stopped, its accounts must not look inactive.
reach as (
    select max(happened_on) as last_on
    from core.account_web_days
),

closed as (
    select distinct outcomes.experiment, accounts.now_account_id as account_id
    from history.experiment_outcomes as outcomes
    inner join activation.experiment_accounts as accounts on outcomes.account_id = accounts.account_id
    where outcomes.event is null
)

select
    -- Experiment. #not_null
    entries.experiment,
    -- Account; the last known id if it is gone. #not_null #unique_with[experiment]
    entries.account_id,
    -- Arm: personalised or holdout. #not_null #accepted[personalised,holdout]
    entries.arm,
    -- Day of its first visit after it was assigned. #not_null
    entries.entered_on,
    -- Why it is not compared: it was not a prospect, the website shows it the default, or its state then is unknown;
    -- NULL if it is compared. #accepted[not_prospect,same_content,unknown]
    entries.left_out,
    -- Tier of the primary ICP before that day; NULL before the first scoring.
    entries.tier,
    -- Industry before that day.
    entries.industry,
    -- Headcount before that day.
    entries.employees,
    -- Region before that day.
    entries.region,
    -- Last day on which a conversion counts. #not_null
    cast(entries.entered_on + interval '28' day as date) as counted_until,
    -- Whether it is counted: its 28 days are over, and the landed events reach beyond them. #not_null
    closed.account_id is not null
    or coalesce(cast(entries.entered_on + interval '28' day as date) < reach.last_on, false) as is_closed,
    -- Whether a past run counted it, so that nothing about it changes any more. #not_null
    closed.account_id is not null as was_closed,
    -- Whether this run entered it. #not_null
    entries.is_new
from entries
cross join reach
left join closed on entries.experiment = closed.experiment and entries.account_id = closed.account_id
