-- One row per ICP, outcome, attribute and segment: how many are in it, how many of them turned out well or badly, and
-- weighted sums of the outcome, from which effects, rates and lift are computed. Accounts of one ultimate parent count
-- once and weigh 1 together. Only observations whose attribute is known count: unknown is not a level.
with
observation_totals as (
    select icp_id, outcome, count(distinct cluster_id) as n_observations
    from segments.icp_observations
    group by icp_id, outcome
),

-- Some accounts of a cluster may be in a segment and others outside; a single account is one or the other.
totals as (
    select
        inside.icp_id,
        inside.outcome,
        inside.attribute,
        inside.segment,
        sum(inside.clusters) as clusters,
        sum(case when known.weight > inside.weight then 1 else 0 end) as on_both_sides,
        sum(inside.weight) as weight,
        sum(inside.squared_weight) as squared_weight,
        sum(
            case
                when inside.shared_id is null then inside.squared_weight
                else cast(inside.weight * known.weight as decimal(18, 12))
            end
        ) as squared_both,
        sum(inside.sum_y) as sum_y,
        sum(inside.sum_y_squared) as sum_y_squared,
        sum(inside.n_best) as n_best,
        sum(inside.n_worst) as n_worst,
        sum(inside.good_weight) as good_weight,
        sum(inside.bad_weight) as bad_weight
    from segments.segment_clusters as inside
    left join segments.segment_clusters as known
        on inside.icp_id = known.icp_id
        and inside.outcome = known.outcome
        and inside.attribute = known.attribute
        and inside.shared_id = known.shared_id
        and known.segment is null
    group by inside.icp_id, inside.outcome, inside.attribute, inside.segment
)

select
    -- #not_null
    inside.icp_id,
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    inside.outcome,
    -- #not_null
    inside.attribute,
    -- #not_null #unique_with[icp_id,outcome,attribute]
    inside.segment,
    -- Observations in the segment. #not_null
    cast(inside.clusters as bigint) as n_segment,
    -- Observations whose attribute is known. #not_null
    cast(known.clusters as bigint) as n_known,
    -- All observations of the ICP's outcome. #not_null
    cast(observation_totals.n_observations as bigint) as n_observations,
    -- Best customers (won deals) in the segment. #not_null
    cast(inside.n_best as bigint) as n_best,
    -- Worst customers (lost deals) in the segment. #not_null
    cast(inside.n_worst as bigint) as n_worst,
    -- Best customers (won deals) whose attribute is known. #not_null
    cast(known.n_best as bigint) as n_best_known,
    -- Worst customers (lost deals) whose attribute is known. #not_null
    cast(known.n_worst as bigint) as n_worst_known,
    -- Observations with at least one account that is known to be outside the segment. #not_null
    cast(known.clusters - inside.clusters + inside.on_both_sides as bigint) as n_outside,
    -- Weight of the segment: a cluster adds the share of its accounts that are in it. #not_null #finite
    cast(inside.weight as double) as weight_segment,
    -- Weight where the attribute is known. #not_null #finite
    cast(known.weight as double) as weight_known,
    -- Weight of the best customers (won deals) in the segment. #not_null #finite
    cast(inside.good_weight as double) as weight_best,
    -- Weight of the worst customers (lost deals) in the segment. #not_null #finite
    cast(inside.bad_weight as double) as weight_worst,
    -- Weight of the best customers (won deals) whose attribute is known. #not_null #finite
    cast(known.good_weight as double) as weight_best_known,
    -- Weight of the worst customers (lost deals) whose attribute is known. #not_null #finite
    cast(known.bad_weight as double) as weight_worst_known,
    -- Effective number of observations in the segment: the square of its weight divided by the sum of its clusters'
    -- squared weights. #not_null #finite
    cast(inside.weight as double) * cast(inside.weight as double)
    / nullif(cast(inside.squared_weight as double), 0) as effective_segment,
    -- The same outside the segment; NULL if nothing is outside. #finite
    cast(known.weight - inside.weight as double) * cast(known.weight - inside.weight as double)
    / nullif(cast(known.squared_weight - 2 * inside.squared_both + inside.squared_weight as double), 0) as effective_outside,
    -- Weighted sum of y in the segment. #not_null #finite
    cast(inside.sum_y as double) as sum_y,
    -- Weighted sum of y where the attribute is known. #not_null #finite
    cast(known.sum_y as double) as sum_y_known,
    -- Weighted sum of squares of y where the attribute is known. #not_null #finite
    cast(known.sum_y_squared as double) as sum_y_squared_known
from totals as inside
inner join totals as known
    on inside.icp_id = known.icp_id
    and inside.outcome = known.outcome
    and inside.attribute = known.attribute
    and known.segment is null
inner join observation_totals
    on inside.icp_id = observation_totals.icp_id and inside.outcome = observation_totals.outcome
where inside.segment is not null
