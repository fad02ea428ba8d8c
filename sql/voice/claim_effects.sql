-- One row per claim and period: how ranked customers in the claimed segment turned out against the others. All of them, and
-- those alone that began after somebody first said it: what he may have known when he said it is no prediction. Counted as in
-- segments.segment_counts: customers of one ultimate parent are one, and unknown is not a level.
with
run as (
    select min_support_share, interval_z from settings.run
),

claims as (
    select icp_id, attribute, segment, says, first_said_on
    from voice.claims
    where is_recorded
),

-- A claimed segment is a level, or a run of neighbouring bins.
claim_levels as (
    select distinct claims.icp_id, claims.attribute, claims.segment, claims.says, ranges.level
    from claims
    inner join settings.bin_ranges as ranges
        on claims.attribute = ranges.attribute and claims.segment = ranges.segment
    union
    select distinct icp_id, attribute, segment, says, segment as level
    from claims
),

measured as (
    select
        icp_observations.*,
        cast(cast(y as decimal(18, 9)) * weight as decimal(28, 12)) as weighted_y,
        cast(round(y * y * weight, 6) as decimal(28, 6)) as weighted_y_squared,
        case when is_good then weight else 0 end as good_weight,
        case when is_bad then weight else 0 end as bad_weight
    from segments.icp_observations
    where outcome = 'quality'
),

periods as (
    select 'all' as period
    union all
    select 'later' as period
),

observed as (
    select
        claims.icp_id,
        claims.attribute,
        claims.segment,
        claims.says,
        periods.period,
        measured.observation_id,
        measured.cluster_id,
        measured.weight,
        measured.weighted_y,
        measured.weighted_y_squared,
        measured.good_weight,
        measured.bad_weight
    from claims
    cross join periods
    inner join measured
        on claims.icp_id = measured.icp_id
        and (periods.period = 'all' or cast(measured.observed_at as date) > claims.first_said_on)
),

observed_totals as (
    select icp_id, attribute, segment, says, period, count(distinct cluster_id) as n_observations
    from observed
    group by icp_id, attribute, segment, says, period
),

-- One row per claim and observation whose attribute is known, with 1 where it is in the segment.
known as (
    select
        claims.icp_id,
        claims.attribute,
        claims.segment,
        claims.says,
        levels.observation_id,
        max(case when claim_levels.level is not null then 1 else 0 end) as is_inside
    from claims
    inner join segments.observed_levels as levels
        on levels.outcome = 'quality' and claims.attribute = levels.attribute
    left join claim_levels
        on claims.icp_id = claim_levels.icp_id
        and claims.attribute = claim_levels.attribute
        and claims.segment = claim_levels.segment
        and claims.says = claim_levels.says
        and levels.level = claim_levels.level
    group by claims.icp_id, claims.attribute, claims.segment, claims.says, levels.observation_id
),

clusters as (
    select
        observed.icp_id,
        observed.attribute,
        observed.segment,
        observed.says,
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
    inner join known
        on observed.icp_id = known.icp_id
        and observed.attribute = known.attribute
        and observed.segment = known.segment
        and observed.says = known.says
        and observed.observation_id = known.observation_id
    group by
        observed.icp_id,
        observed.attribute,
        observed.segment,
        observed.says,
        observed.period,
        observed.cluster_id
),

totals as (
    select
        icp_id,
        attribute,
        segment,
        says,
        period,
        sum(case when weight_inside > 0 then 1 else 0 end) as n_segment,
        sum(case when weight_inside < weight then 1 else 0 end) as n_outside,
        count(*) as n_known,
        cast(sum(weight) as double) as weight_known,
        cast(sum(weight_inside) as double) as weight_inside,
        cast(sum(weight_inside) as double) * cast(sum(weight_inside) as double)
        / nullif(cast(sum(cast(weight_inside * weight_inside as decimal(18, 12))) as double), 0) as effective_inside,
        cast(sum(weight - weight_inside) as double) * cast(sum(weight - weight_inside) as double)
        / nullif(
            cast(sum(cast((weight - weight_inside) * (weight - weight_inside) as decimal(18, 12))) as double), 0
        ) as effective_outside,
        cast(sum(sum_y) as double) as sum_y,
        cast(sum(sum_y_inside) as double) as sum_y_inside,
        cast(sum(sum_y_squared) as double) as sum_y_squared,
        cast(sum(good_weight) as double) as good_weight,
        cast(sum(good_inside) as double) as good_inside,
        cast(sum(bad_weight) as double) as bad_weight,
        cast(sum(bad_inside) as double) as bad_inside
    from clusters
    group by icp_id, attribute, segment, says, period
),

-- The rule of segments.segment_effects for what can be tested.
judged as (
    select
        totals.*,
        observed_totals.n_observations >= 30
        and totals.n_segment
        >= greatest(5, least(10, observed_totals.n_observations / 10.0), run.min_support_share * observed_totals.n_observations)
        and totals.n_outside >= 5 as is_supported,
        coalesce(totals.period = 'all' and abs(starts.start_correlation) > 0.7, false) as is_start,
        greatest(0, totals.sum_y_squared - totals.sum_y * totals.sum_y / nullif(totals.weight_known, 0))
        / nullif(totals.weight_known - 1, 0) as variance,
        run.interval_z
    from totals
    inner join observed_totals
        on totals.icp_id = observed_totals.icp_id
        and totals.attribute = observed_totals.attribute
        and totals.segment = observed_totals.segment
        and totals.says = observed_totals.says
        and totals.period = observed_totals.period
    left join segments.segment_starts as starts
        on totals.icp_id = starts.icp_id and totals.attribute = starts.attribute and totals.segment = starts.segment
    cross join run
),

-- Half an observation is added everywhere, as in segments.icp_segment_lift.
lifts as (
    select
        judged.*,
        ln(good_inside + 0.5) - ln(good_weight + 0.5) - ln(bad_inside + 0.5) + ln(bad_weight + 0.5) as log_lift,
        sqrt(
            1.0 / nullif(good_inside + 0.5, 0) - 1.0 / nullif(good_weight + 0.5, 0)
            + 1.0 / nullif(bad_inside + 0.5, 0) - 1.0 / nullif(bad_weight + 0.5, 0)
        ) as log_error
    from judged
)

select
    -- ICP of the settings. #not_null
    lifts.icp_id,
    -- The attribute. #not_null
    lifts.attribute,
    -- The segment. #not_null
    lifts.segment,
    -- What was said of it. #not_null #accepted[better,worse]
    lifts.says,
    -- all: every ranked customer. later: those that began after it was first said. #not_null #accepted[all,later]
    -- #unique_with[icp_id,attribute,segment,says]
    lifts.period,
    -- Ranked customers in the segment; those of one parent are one. #not_null
    cast(lifts.n_segment as bigint) as n_segment,
    -- Ranked customers whose attribute is known. #not_null
    cast(lifts.n_known as bigint) as n_known,
    -- Whether there are enough inside and outside to be tested. #not_null
    lifts.is_supported,
    -- Whether having the trait and the day on which a customer began are the same question: then neither is answered. #not_null
    lifts.is_start,
    -- Share of the segment, by weight, where the attribute is known. #between[0,1] #finite
    lifts.weight_inside / nullif(lifts.weight_known, 0) as share_inside,
    -- Variance of y over all whose attribute is known. #finite
    lifts.variance,
    -- Share of the best over share of the worst; NULL where there are too few to say. #finite
    case when lifts.is_supported and not lifts.is_start and lifts.good_weight > 0 and lifts.bad_weight > 0
        then round(exp(lifts.log_lift), 9) end as lift,
    -- Lower end of its 90 % interval. #finite
    case when lifts.is_supported and not lifts.is_start and lifts.good_weight > 0 and lifts.bad_weight > 0
        then round(exp(lifts.log_lift - lifts.interval_z * lifts.log_error), 9) end as ci_low,
    -- Upper end of its 90 % interval. #finite
    case when lifts.is_supported and not lifts.is_start and lifts.good_weight > 0 and lifts.bad_weight > 0
        then round(exp(lifts.log_lift + lifts.interval_z * lifts.log_error), 9) end as ci_high,
    -- Mean of y inside minus mean outside, in log-odds; NULL where there are too few to say. #finite
    case
        when lifts.is_supported and not lifts.is_start
            then lifts.sum_y_inside / nullif(lifts.weight_inside, 0)
                - (lifts.sum_y - lifts.sum_y_inside) / nullif(lifts.weight_known - lifts.weight_inside, 0)
    end as effect,
    -- Its standard error. #finite
    case
        when lifts.is_supported and not lifts.is_start
            then sqrt(
                lifts.variance * (1.0 / nullif(lifts.effective_inside, 0) + 1.0 / nullif(lifts.effective_outside, 0))
            )
    end as standard_error
from lifts
