-- One row per ICP, outcome, attribute, segment and cluster (accounts of one ultimate parent) with observations in the
-- segment: their weight and outcomes. All observations that stand alone share one row, without a `shared_id`: a row for
-- each would take most of the memory. Observations whose attribute is known form a segment without a name.
with
-- Well and badly: best and worst customers, won and lost deals.
measured as (
    select
        icp_id,
        outcome,
        observation_id,
        shared_id,
        weight,
        cast(weight * weight as decimal(18, 12)) as squared_weight,
        cast(cast(y as decimal(18, 9)) * weight as decimal(28, 12)) as weighted_y,
        cast(round(y * y * weight, 6) as decimal(28, 6)) as weighted_y_squared,
        case when is_good then 1 else 0 end as is_good,
        case when is_bad then 1 else 0 end as is_bad,
        case when is_good then weight else 0 end as good_weight,
        case when is_bad then weight else 0 end as bad_weight
    from segments.icp_observations
),

known as (
    select distinct outcome, observation_id, attribute
    from segments.observed_levels
),

members as (
    select members.attribute, members.segment, measured.*
    from segments.segment_members as members
    inner join measured
        on members.icp_id = measured.icp_id
        and members.outcome = measured.outcome
        and members.observation_id = measured.observation_id
    union all
    select known.attribute, cast(null as varchar) as segment, measured.*
    from known
    inner join measured on known.outcome = measured.outcome and known.observation_id = measured.observation_id
)

select
    -- #not_null
    members.icp_id,
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    members.outcome,
    -- #not_null
    members.attribute,
    -- Segment; NULL for all observations whose attribute is known.
    members.segment,
    -- Cluster; NULL for all observations that stand alone. #unique_with[icp_id,outcome,attribute,segment]
    members.shared_id,
    -- Clusters in this row: 1, or as many as stand alone. #not_null
    cast(case when members.shared_id is null then count(*) else 1 end as bigint) as clusters,
    -- Weight of its observations in the segment. #not_null
    cast(sum(members.weight) as decimal(28, 12)) as weight,
    -- Sum over its clusters of the square of their weight. #not_null
    cast(
        case
            when members.shared_id is null then sum(members.squared_weight)
            else cast(sum(members.weight) * sum(members.weight) as decimal(18, 12))
        end as decimal(28, 12)
    ) as squared_weight,
    -- Weighted sum of y. #not_null
    cast(sum(members.weighted_y) as decimal(28, 12)) as sum_y,
    -- Weighted sum of squares of y. #not_null
    cast(sum(members.weighted_y_squared) as decimal(28, 6)) as sum_y_squared,
    -- Clusters with one of the best customers, or a won deal. #not_null
    cast(case when members.shared_id is null then sum(members.is_good) else max(members.is_good) end as bigint) as n_best,
    -- Clusters with one of the worst customers, or a lost deal. #not_null
    cast(case when members.shared_id is null then sum(members.is_bad) else max(members.is_bad) end as bigint) as n_worst,
    -- Weight of the best customers (won deals). #not_null
    cast(sum(members.good_weight) as decimal(28, 12)) as good_weight,
    -- Weight of the worst customers (lost deals). #not_null
    cast(sum(members.bad_weight) as decimal(28, 12)) as bad_weight
from members
group by members.icp_id, members.outcome, members.attribute, members.segment, members.shared_id
