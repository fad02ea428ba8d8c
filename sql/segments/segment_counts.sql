-- One row per ICP, outcome, attribute and segment: how many are in it, how many turned out well and badly, and the sums
-- of y. Only observations whose attribute is known are counted, inside and outside: unknown is not a level.
with
-- Well and badly: best and worst customers, won and lost deals.
measured as (
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
    from measured
    group by icp_id, outcome
),

known as (
    select distinct outcome, observation_id, attribute
    from segments.observed_levels
),

known_totals as (
    select
        measured.icp_id,
        measured.outcome,
        known.attribute,
        count(*) as n_known,
        sum(measured.y) as sum_y,
        sum(measured.y_squared) as sum_y_squared,
        sum(measured.is_good) as n_best,
        sum(measured.is_bad) as n_worst
    from known
    inner join measured on known.outcome = measured.outcome and known.observation_id = measured.observation_id
    group by measured.icp_id, measured.outcome, known.attribute
),

segment_totals as (
    select
        members.icp_id,
        members.outcome,
        members.attribute,
        members.segment,
        count(*) as n_segment,
        sum(measured.y) as sum_y,
        sum(measured.is_good) as n_best,
        sum(measured.is_bad) as n_worst
    from segments.segment_members as members
    inner join measured
        on members.icp_id = measured.icp_id
        and members.outcome = measured.outcome
        and members.observation_id = measured.observation_id
    group by members.icp_id, members.outcome, members.attribute, members.segment
)

select
    -- ICP of the settings. #not_null
    segment_totals.icp_id,
    -- Outcome that is measured. #not_null #accepted[quality,win]
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
