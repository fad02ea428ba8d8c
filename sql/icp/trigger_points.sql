-- One row per account, ICP and active trigger: what it is worth today. A trigger keeps its full value while fresh, then
-- halves with age; events after the as-of date do not exist.
with
dated as (
    select
        events.account_id,
        events.trigger,
        coalesce(events.strength, declared.strength, 'medium') as strength,
        date_diff('day', cast(events.happened_at as date), run.as_of) as age_days,
        declared.points as declared_points,
        run.trigger_fresh_days,
        run.trigger_half_life_days,
        run.trigger_window_days
    from core.account_triggers as events
    cross join settings.run as run
    left join settings.trigger_strengths as declared on events.trigger = declared.trigger
    where cast(events.happened_at as date) <= run.as_of
        and date_diff('day', cast(events.happened_at as date), run.as_of) <= run.trigger_window_days
),

-- What the live version learned; else the strength in the settings; else the default of its strength.
valued as (
    select
        members.icp_id,
        dated.account_id,
        dated.trigger,
        dated.strength,
        dated.age_days,
        dated.trigger_window_days - dated.age_days as days_left,
        dated.age_days <= dated.trigger_fresh_days as is_fresh,
        power(0.5, case when dated.age_days > dated.trigger_fresh_days
            then (dated.age_days - dated.trigger_fresh_days) / nullif(dated.trigger_half_life_days, 0) else 0 end) as decay,
        coalesce(learned.points, dated.declared_points, by_strength.points, strengths.points, 0) as learned_points,
        case when dated.strength = 'strong'
            then coalesce(learned.floor_points, by_strength.floor_points, 0) else 0 end as floor_points
    from dated
    inner join core.icp_members as members on dated.account_id = members.account_id
    inner join icp.live_versions as versions on members.icp_id = versions.icp_id
    left join history.icp_trigger_effects as learned
        on versions.icp_id = learned.icp_id and versions.icp_version = learned.icp_version
        and dated.trigger = learned.trigger
    left join history.icp_trigger_effects as by_strength
        on versions.icp_id = by_strength.icp_id and versions.icp_version = by_strength.icp_version
        and by_strength.trigger = '*' || dated.strength
    left join settings.trigger_strengths as strengths on strengths.trigger = '*' || dated.strength
),

-- A strong trigger never counts for less than its floor while it is fresh.
floored as (
    select
        valued.*,
        cast(case when is_fresh and floor_points > learned_points * decay then floor_points else learned_points * decay
            end as decimal(18, 9)) as points,
        cast(case when floor_points > learned_points then floor_points else learned_points
            end as decimal(18, 9)) as fresh_points
    from valued
),

-- The best event of each trigger, not the newest: a later weak one must not replace an earlier strong one.
best_events as (
    select
        floored.*,
        row_number() over (
            partition by icp_id, account_id, trigger order by points desc, age_days asc, strength asc
        ) as place
    from floored
    where points > 0
),

ranked as (
    select
        best_events.*,
        row_number() over (partition by icp_id, account_id order by points desc, trigger asc) as trigger_rank
    from best_events
    where place = 1
)

select
    -- #not_null
    ranked.account_id,
    -- #not_null
    ranked.icp_id,
    -- What happened, such as new_executive. #not_null #unique_with[account_id,icp_id]
    ranked.trigger,
    -- Declared strength of the event. #accepted[strong,medium,weak]!warn
    ranked.strength,
    -- Days from the event to the as-of date. #not_null #between[0,100000]
    ranked.age_days,
    -- Points on its own, in log-odds. #not_null
    ranked.points,
    -- 1 for the account's strongest trigger. #not_null
    cast(ranked.trigger_rank as bigint) as trigger_rank,
    -- What it adds beside stronger ones: the first in full, the second half, the third a quarter. #not_null
    cast(ranked.points * power(0.5, ranked.trigger_rank - 1) as decimal(18, 9)) as counted_points,
    -- Points while it was fresh, in log-odds. #not_null
    ranked.fresh_points,
    -- Days until it no longer counts. #not_null #between[0,100000]
    ranked.days_left
from ranked
