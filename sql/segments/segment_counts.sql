-- One row per ICP, outcome, attribute and segment: how many are in it, how many turned out well and badly, and the sums
-- of y. Accounts of one ultimate parent count once and weigh 1 together. Only observations whose attribute is known are counted, inside and outside: unknown is not a level.
with
-- Well and badly: best and worst customers, won and lost deals.
measured as (
    select
        icp_id,
        outcome,
        observation_id,
        cluster_id,
        case when count(*) over (partition by icp_id, outcome, cluster_id) > 1 then cluster_id end as shared_id,
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

observation_totals as (
    select icp_id, outcome, count(distinct cluster_id) as n_observations
    from measured
    group by icp_id, outcome
),

known as (
    select distinct outcome, observation_id, attribute
    from segments.observed_levels
),

-- By cluster first: accounts of one parent are one observation, and weigh together as much as they are known. All that
-- have no relatives stand in one row, without a `shared_id`: one row for each of them would be most of the memory.
known_clusters as (
    select
        measured.icp_id,
        measured.outcome,
        known.attribute,
        measured.shared_id,
        case when measured.shared_id is null then count(*) else 1 end as clusters,
        sum(measured.weight) as weight,
        case
            when measured.shared_id is null then sum(measured.squared_weight)
            else cast(sum(measured.weight) * sum(measured.weight) as decimal(18, 12))
        end as squared_weight,
        sum(measured.weighted_y) as sum_y,
        sum(measured.weighted_y_squared) as sum_y_squared,
        case when measured.shared_id is null then sum(measured.is_good) else max(measured.is_good) end as n_best,
        case when measured.shared_id is null then sum(measured.is_bad) else max(measured.is_bad) end as n_worst,
        sum(measured.good_weight) as good_weight,
        sum(measured.bad_weight) as bad_weight
    from known
    inner join measured on known.outcome = measured.outcome and known.observation_id = measured.observation_id
    group by measured.icp_id, measured.outcome, known.attribute, measured.shared_id
),

known_totals as (
    select
        icp_id,
        outcome,
        attribute,
        sum(clusters) as n_known,
        sum(weight) as weight_known,
        sum(squared_weight) as squared_known,
        sum(sum_y) as sum_y,
        sum(sum_y_squared) as sum_y_squared,
        sum(n_best) as n_best,
        sum(n_worst) as n_worst,
        sum(good_weight) as weight_best,
        sum(bad_weight) as weight_worst
    from known_clusters
    group by icp_id, outcome, attribute
),

segment_clusters as (
    select
        members.icp_id,
        members.outcome,
        members.attribute,
        members.segment,
        measured.shared_id,
        case when measured.shared_id is null then count(*) else 1 end as clusters,
        sum(measured.weight) as weight,
        case
            when measured.shared_id is null then sum(measured.squared_weight)
            else cast(sum(measured.weight) * sum(measured.weight) as decimal(18, 12))
        end as squared_weight,
        sum(measured.weighted_y) as sum_y,
        case when measured.shared_id is null then sum(measured.is_good) else max(measured.is_good) end as n_best,
        case when measured.shared_id is null then sum(measured.is_bad) else max(measured.is_bad) end as n_worst,
        sum(measured.good_weight) as good_weight,
        sum(measured.bad_weight) as bad_weight
    from segments.segment_members as members
    inner join measured
        on members.icp_id = measured.icp_id
        and members.outcome = measured.outcome
        and members.observation_id = measured.observation_id
    group by members.icp_id, members.outcome, members.attribute, members.segment, measured.shared_id
),

-- A cluster may be in a segment with some of its accounts and outside with others; one without relatives may not.
segment_totals as (
    select
        inside.icp_id,
        inside.outcome,
        inside.attribute,
        inside.segment,
        sum(inside.clusters) as n_segment,
        sum(case when known.weight > inside.weight then 1 else 0 end) as n_on_both_sides,
        sum(inside.weight) as weight_segment,
        sum(inside.squared_weight) as squared_segment,
        sum(
            case
                when inside.shared_id is null then inside.squared_weight
                else cast(inside.weight * known.weight as decimal(18, 12))
            end
        ) as squared_both,
        sum(inside.sum_y) as sum_y,
        sum(inside.n_best) as n_best,
        sum(inside.n_worst) as n_worst,
        sum(inside.good_weight) as weight_best,
        sum(inside.bad_weight) as weight_worst
    from segment_clusters as inside
    left join known_clusters as known
        on inside.icp_id = known.icp_id
        and inside.outcome = known.outcome
        and inside.attribute = known.attribute
        and inside.shared_id = known.shared_id
    group by inside.icp_id, inside.outcome, inside.attribute, inside.segment
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
    -- Observations with some of their accounts known and outside of the segment. #not_null
    cast(known_totals.n_known - segment_totals.n_segment + segment_totals.n_on_both_sides as bigint) as n_outside,
    -- Weight of the segment: a cluster adds the share of its accounts that are in it. #not_null #finite
    cast(segment_totals.weight_segment as double) as weight_segment,
    -- Weight where the attribute is known. #not_null #finite
    cast(known_totals.weight_known as double) as weight_known,
    -- Weight of the best customers (won deals) in the segment. #not_null #finite
    cast(segment_totals.weight_best as double) as weight_best,
    -- Weight of the worst customers (lost deals) in the segment. #not_null #finite
    cast(segment_totals.weight_worst as double) as weight_worst,
    -- Weight of the best customers (won deals) whose attribute is known. #not_null #finite
    cast(known_totals.weight_best as double) as weight_best_known,
    -- Weight of the worst customers (lost deals) whose attribute is known. #not_null #finite
    cast(known_totals.weight_worst as double) as weight_worst_known,
    -- As many observations of equal weight say as much as the segment does: the square of its weight over the sum of its
    -- clusters' squares. #not_null #finite
    cast(segment_totals.weight_segment as double) * cast(segment_totals.weight_segment as double)
    / nullif(cast(segment_totals.squared_segment as double), 0) as effective_segment,
    -- The same outside of it; NULL where nothing is. #finite
    cast(known_totals.weight_known - segment_totals.weight_segment as double)
    * cast(known_totals.weight_known - segment_totals.weight_segment as double)
    / nullif(
        cast(
            known_totals.squared_known - 2 * segment_totals.squared_both + segment_totals.squared_segment as double
        ),
        0
    ) as effective_outside,
    -- Weighted sum of y in the segment. #not_null #finite
    cast(segment_totals.sum_y as double) as sum_y,
    -- Weighted sum of y where the attribute is known. #not_null #finite
    cast(known_totals.sum_y as double) as sum_y_known,
    -- Weighted sum of squares of y where the attribute is known. #not_null #finite
    cast(known_totals.sum_y_squared as double) as sum_y_squared_known
from segment_totals
inner join known_totals
    on segment_totals.icp_id = known_totals.icp_id
    and segment_totals.outcome = known_totals.outcome
    and segment_totals.attribute = known_totals.attribute
inner join observation_totals
    on segment_totals.icp_id = observation_totals.icp_id and segment_totals.outcome = observation_totals.outcome
