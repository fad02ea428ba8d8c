-- One row per observation and segment it belongs to, by what was known when its outcome window began.
with
sized as (
    select
        attribute,
        segment,
        level,
        count(*) over (partition by attribute, segment) as levels
    from segments.segment_definitions
),

-- Only a segment of several levels can hold an observation twice, and most rows are of one level.
members as (
    select
        observed.outcome,
        observed.observation_id,
        observed.account_id,
        sized.attribute,
        sized.segment
    from segments.observed_levels as observed
    inner join sized on observed.attribute = sized.attribute and observed.level = sized.level
    where sized.levels = 1
    union all
    select distinct
        observed.outcome,
        observed.observation_id,
        observed.account_id,
        sized.attribute,
        sized.segment
    from segments.observed_levels as observed
    inner join sized on observed.attribute = sized.attribute and observed.level = sized.level
    where sized.levels > 1
)

select
    -- What is judged. #not_null #accepted[quality,win]
    members.outcome,
    -- The observation. #not_null #unique_with[outcome,attribute,segment]
    members.observation_id,
    -- The account observed. #not_null
    members.account_id,
    -- The attribute. #not_null
    members.attribute,
    -- The segment. #not_null
    members.segment
from members
