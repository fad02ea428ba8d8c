-- One row per ICP, observation and segment it belongs to, by what was known when its outcome window began.
with
sized as (
    select
        icp_id,
        attribute,
        segment,
        level,
        count(*) over (partition by icp_id, attribute, segment) as levels
    from segments.segment_definitions
),

levels as (
    select
        observations.icp_id,
        observations.outcome,
        observations.observation_id,
        observations.account_id,
        observed.attribute,
        observed.level
    from segments.observed_levels as observed
    inner join segments.icp_observations as observations
        on observed.outcome = observations.outcome and observed.observation_id = observations.observation_id
),

-- Only a segment with several levels can have an observation twice, and most rows have one level.
members as (
    select levels.icp_id, levels.outcome, levels.observation_id, levels.account_id, sized.attribute, sized.segment
    from levels
    inner join sized
        on levels.icp_id = sized.icp_id and levels.attribute = sized.attribute and levels.level = sized.level
    where sized.levels = 1
    union all
    select distinct
        levels.icp_id,
        levels.outcome,
        levels.observation_id,
        levels.account_id,
        sized.attribute,
        sized.segment
    from levels
    inner join sized
        on levels.icp_id = sized.icp_id and levels.attribute = sized.attribute and levels.level = sized.level
    where sized.levels > 1
)

select
    -- #not_null
    members.icp_id,
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    members.outcome,
    -- The observation. #not_null #unique_with[icp_id,outcome,attribute,segment]
    members.observation_id,
    -- The account observed. #not_null
    members.account_id,
    -- #not_null
    members.attribute,
    -- #not_null
    members.segment
from members
