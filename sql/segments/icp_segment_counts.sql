-- One row per ICP with a filter, outcome, attribute and segment: how many of its members are in it, how many of them
-- turned out well and badly, and the sums of y. Only members whose attribute is known are counted, inside and outside.
with
judged as (
    select
        icp_id,
        outcome,
        observation_id,
        cast(y as decimal(18, 9)) as y,
        cast(round(y * y, 6) as decimal(28, 6)) as y_squared,
        case when is_good then 1 else 0 end as is_good,
        case when is_bad then 1 else 0 end as is_bad
    from segments.icp_observations
),

observation_totals as (
    select icp_id, outcome, count(*) as n_observations
    from judged
    group by icp_id, outcome
),

known_levels as (
    select
        judged.icp_id,
        judged.outcome,
        judged.observation_id,
        judged.y,
        judged.y_squared,
        judged.is_good,
        judged.is_bad,
        levels.attribute,
        levels.level
    from judged
    inner join segments.observed_levels as levels
        on judged.outcome = levels.outcome and judged.observation_id = levels.observation_id
),

known as (
    select distinct icp_id, outcome, observation_id, attribute, y, y_squared, is_good, is_bad
    from known_levels
),

known_totals as (
    select
        icp_id,
        outcome,
        attribute,
        count(*) as n_known,
        sum(y) as sum_y,
        sum(y_squared) as sum_y_squared,
        sum(is_good) as n_best,
        sum(is_bad) as n_worst
    from known
    group by icp_id, outcome, attribute
),

-- A segment of several levels can hold an observation twice.
members as (
    select distinct
        known_levels.icp_id,
        known_levels.outcome,
        known_levels.observation_id,
        known_levels.attribute,
        definitions.segment,
        known_levels.y,
        known_levels.is_good,
        known_levels.is_bad
    from known_levels
    inner join segments.icp_segment_definitions as definitions
        on known_levels.icp_id = definitions.icp_id
        and known_levels.attribute = definitions.attribute
        and known_levels.level = definitions.level
),

segment_totals as (
    select
        icp_id,
        outcome,
        attribute,
        segment,
        count(*) as n_segment,
        sum(y) as sum_y,
        sum(is_good) as n_best,
        sum(is_bad) as n_worst
    from members
    group by icp_id, outcome, attribute, segment
)

select
    -- ICP with a filter. #not_null
    segment_totals.icp_id,
    -- What is judged. #not_null #accepted[quality,win]
    segment_totals.outcome,
    -- The attribute. #not_null
    segment_totals.attribute,
    -- The segment. #not_null #unique_with[icp_id,outcome,attribute]
    segment_totals.segment,
    -- Observations in the segment. #not_null
    cast(segment_totals.n_segment as bigint) as n_segment,
    -- Observations whose attribute is known. #not_null
    cast(known_totals.n_known as bigint) as n_known,
    -- All observations of the ICP's outcome. #not_null
    cast(observation_totals.n_observations as bigint) as n_observations,
    -- Best customers (won deals) in the segment. #not_null
    cast(segment_totals.n_best as bigint) as n_best,
    -- Worst customers (lost deals) in the segment. #not_null
    cast(segment_totals.n_worst as bigint) as n_worst,
    -- Best customers (won deals) whose attribute is known. #not_null
    cast(known_totals.n_best as bigint) as n_best_known,
    -- Worst customers (lost deals) whose attribute is known. #not_null
    cast(known_totals.n_worst as bigint) as n_worst_known,
    -- Sum of y in the segment. #not_null #finite
    cast(segment_totals.sum_y as double) as sum_y,
    -- Sum of y where the attribute is known. #not_null #finite
    cast(known_totals.sum_y as double) as sum_y_known,
    -- Sum of squares of y where the attribute is known. #not_null #finite
    cast(known_totals.sum_y_squared as double) as sum_y_squared_known
from segment_totals
inner join known_totals
    on segment_totals.icp_id = known_totals.icp_id
    and segment_totals.outcome = known_totals.outcome
    and segment_totals.attribute = known_totals.attribute
inner join observation_totals
    on segment_totals.icp_id = observation_totals.icp_id and segment_totals.outcome = observation_totals.outcome
