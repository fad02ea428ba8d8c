-- One row per claim and period with a customer whose attribute is known: the customers inside the claimed segment and
-- outside, and sums of their outcomes. All of them, and only those that began after the claim was made, since what the
-- respondent may have known is not a prediction. Counted as in segments.segment_counts: customers of one ultimate
-- parent count once, and unknown is not a level.
with
claims as (
    select claims.*, row_number() over (order by icp_id, attribute, segment, says) as claim
    from voice.claims
    where is_recorded
),

-- A claimed segment is a level, or a run of neighbouring bins.
claim_levels as (
    select claims.claim, ranges.level
    from claims
    inner join settings.bin_ranges as ranges
        on claims.attribute = ranges.attribute and claims.segment = ranges.segment
    union
    select claim, segment as level
    from claims
),

observed as (
    select
        claims.claim,
        periods.period,
        customers.*,
        cast(cast(customers.y as decimal(18, 9)) * customers.weight as decimal(28, 12)) as weighted_y,
        cast(round(customers.y * customers.y * customers.weight, 6) as decimal(28, 6)) as weighted_y_squared,
        case when customers.is_good then customers.weight else 0 end as good_weight,
        case when customers.is_bad then customers.weight else 0 end as bad_weight
    from claims
    cross join (select 'all' as period union all select 'later' as period) as periods
    inner join segments.icp_observations as customers
        on claims.icp_id = customers.icp_id
        and customers.outcome = 'quality'
        and (periods.period = 'all' or cast(customers.observed_at as date) > claims.first_said_on)
),

observed_totals as (
    select claim, period, count(distinct cluster_id) as n_observations
    from observed
    group by claim, period
),

-- One row per claim and observation whose attribute is known, with 1 if it is in the segment.
known as (
    select
        claims.claim,
        levels.observation_id,
        max(case when claim_levels.level is not null then 1 else 0 end) as is_inside
    from claims
    inner join segments.observed_levels as levels
        on levels.outcome = 'quality' and claims.attribute = levels.attribute
    left join claim_levels on claims.claim = claim_levels.claim and levels.level = claim_levels.level
    group by claims.claim, levels.observation_id
),

clusters as (
    select
        observed.claim,
        observed.period,
        observed.cluster_id,
        sum(observed.weight) as weight,
        sum(observed.weight * known.is_inside) as weight_inside,
        sum(observed.weighted_y) as sum_y,
        sum(observed.weighted_y * known.is_inside) as sum_y_inside,
        sum(observed.weighted_y_squared) as sum_y_squared,
        sum(observed.good_weight) as good_weight,
        sum(observed.good_weight * known.is_inside) as good_inside,
        sum(observed.bad_weight) as bad_weight,
        sum(observed.bad_weight * known.is_inside) as bad_inside
    from observed
    inner join known on observed.claim = known.claim and observed.observation_id = known.observation_id
    group by observed.claim, observed.period, observed.cluster_id
)

select
    -- #not_null
    claims.icp_id,
    -- #not_null
    claims.attribute,
    -- #not_null
    claims.segment,
    -- better or worse: how the respondents say the segment turns out against the rest. #not_null
    -- #accepted[better,worse]
    claims.says,
    -- all: every ranked customer. later: those that became customers after it was first said. #not_null
    -- #accepted[all,later] #unique_with[icp_id,attribute,segment,says]
    clusters.period,
    -- Ranked customers of the ICP in the period. #not_null
    observed_totals.n_observations,
    -- Customers inside, by ultimate parent. #not_null
    cast(sum(case when weight_inside > 0 then 1 else 0 end) as bigint) as n_segment,
    -- Customers outside. #not_null
    cast(sum(case when weight_inside < weight then 1 else 0 end) as bigint) as n_outside,
    -- Customers whose attribute is known. #not_null
    count(*) as n_known,
    -- Their weight. #not_null
    cast(sum(weight) as double) as weight_known,
    -- Weight inside. #not_null
    cast(sum(weight_inside) as double) as weight_inside,
    -- Effective number of customers inside. #finite
    cast(sum(weight_inside) as double) * cast(sum(weight_inside) as double)
    / nullif(cast(sum(cast(weight_inside * weight_inside as decimal(18, 12))) as double), 0) as effective_inside,
    -- Effective number of customers outside. #finite
    cast(sum(weight - weight_inside) as double) * cast(sum(weight - weight_inside) as double)
    / nullif(
        cast(sum(cast((weight - weight_inside) * (weight - weight_inside) as decimal(18, 12))) as double), 0
    ) as effective_outside,
    -- Weighted sum of their outcomes, in log-odds. #not_null
    cast(sum(sum_y) as double) as sum_y,
    -- The same inside. #not_null
    cast(sum(sum_y_inside) as double) as sum_y_inside,
    -- Weighted sum of squares. #not_null
    cast(sum(sum_y_squared) as double) as sum_y_squared,
    -- Weight of the best. #not_null
    cast(sum(good_weight) as double) as good_weight,
    -- The same inside. #not_null
    cast(sum(good_inside) as double) as good_inside,
    -- Weight of the worst. #not_null
    cast(sum(bad_weight) as double) as bad_weight,
    -- The same inside. #not_null
    cast(sum(bad_inside) as double) as bad_inside
from clusters
inner join claims on clusters.claim = claims.claim
inner join observed_totals on clusters.claim = observed_totals.claim and clusters.period = observed_totals.period
group by
    claims.icp_id, claims.attribute, claims.segment, claims.says, clusters.period, observed_totals.n_observations
