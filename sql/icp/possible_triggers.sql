-- One row per account, ICP and kind of trigger that the live version knows: what the account's triggers would add if
-- one of that kind happened today, if that might move the tier. #by[account_id]
with
learned as (
    select
        effects.icp_id,
        effects.trigger,
        cast(greatest(effects.points, coalesce(effects.floor_points, 0)) as decimal(18, 9)) as points
    from history.icp_trigger_effects as effects
    inner join icp.live_versions as versions
        on effects.icp_id = versions.icp_id and effects.icp_version = versions.icp_version
    where effects.trigger not like '*%' and effects.points > 0
),

standings as (
    select
        points.account_id,
        points.icp_id,
        points.trigger_score,
        points.fit_points + points.trigger_score as total,
        versions.edge_a,
        run.tier_1_trigger_floor as trigger_floor
    from icp.account_points as points
    inner join icp.live_versions as versions on points.icp_id = versions.icp_id
    cross join settings.run as run
    where points.fit_points >= versions.edge_tier_1
),

-- A trigger moves a tier only past the edge of band A or the floor, and only with a good fit: one that passes neither
-- even if it counted in full is dropped before it becomes a row.
possible as (
    select standings.account_id, standings.icp_id, learned.trigger, learned.points, standings.trigger_score
    from standings
    inner join learned on standings.icp_id = learned.icp_id
    where
        (standings.total < standings.edge_a and standings.total + learned.points >= standings.edge_a)
        or (
            standings.trigger_score < standings.trigger_floor
            and standings.trigger_score + learned.points >= standings.trigger_floor
        )
),

-- It replaces an active trigger of the same kind.
beside_it as (
    select account_id, icp_id, trigger, trigger as active_trigger, points
    from possible
    union all
    select possible.account_id, possible.icp_id, possible.trigger, active.trigger as active_trigger, active.points
    from possible
    inner join icp.trigger_points as active
        on possible.account_id = active.account_id
        and possible.icp_id = active.icp_id
        and possible.trigger <> active.trigger
),

ranked as (
    select
        account_id,
        icp_id,
        trigger,
        points,
        row_number() over (
            partition by account_id, icp_id, trigger order by points desc, active_trigger asc
        ) as place
    from beside_it
),

-- As in icp.trigger_points: the strongest counts in full, the second half, the third a quarter.
stacked as (
    select
        account_id,
        icp_id,
        trigger,
        cast(sum(cast(points * power(0.5, place - 1) as decimal(18, 9))) as decimal(18, 9)) as trigger_score
    from ranked
    group by account_id, icp_id, trigger
)

select
    -- #not_null
    possible.account_id,
    -- #not_null
    possible.icp_id,
    -- Trigger that would happen. #not_null #unique_with[account_id,icp_id]
    possible.trigger,
    -- Log-odds that its triggers would add together. #not_null
    stacked.trigger_score,
    -- How much more that is than they add today. #not_null
    cast(stacked.trigger_score - possible.trigger_score as decimal(18, 9)) as trigger_added
from possible
inner join stacked
    on possible.account_id = stacked.account_id
    and possible.icp_id = stacked.icp_id
    and possible.trigger = stacked.trigger
