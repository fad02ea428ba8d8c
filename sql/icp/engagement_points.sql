-- One row per account and ICP with engagement: its touches, each of which counts half after every half-life.
with
touches as (
    select
        members.icp_id,
        engagement.account_id,
        sum(cast(power(0.5, date_diff('day', cast(engagement.happened_on as date), run.as_of)
            / nullif(cast(run.engagement_half_life_days as double), 0)) as decimal(18, 9))) as recent_touches
    from core.account_engagement as engagement
    inner join core.icp_members as members on engagement.account_id = members.account_id
    cross join settings.run as run
    where cast(engagement.happened_on as date) <= run.as_of
    group by members.icp_id, engagement.account_id
),

valued as (
    select
        touches.icp_id,
        touches.account_id,
        touches.recent_touches,
        run.engagement_weight * ln(1 + touches.recent_touches) as points,
        run.engagement_cap as cap
    from touches
    cross join settings.run as run
)

select
    -- #not_null
    valued.account_id,
    -- #not_null #unique_with[account_id]
    valued.icp_id,
    -- Touches, the old ones counting less. #not_null
    cast(valued.recent_touches as decimal(38, 9)) as recent_touches,
    -- 1 engaged (five recent touches), 2 somewhat engaged, 3 hardly engaged. #not_null #between[1,3]
    case when valued.recent_touches >= 5 then 1 when valued.recent_touches >= 0.5 then 2 else 3 end as engagement_level,
    -- Log-odds that it may add where the fit allows, capped. #not_null
    cast(case when valued.points < valued.cap then valued.points else valued.cap end as decimal(18, 9)) as points
from valued
