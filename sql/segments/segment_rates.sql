-- One row per ICP, outcome, attribute and segment: the share of its members among the best and among the worst, shrunk
-- towards the base rate where members are few.
with
run as (
    select interval_z from settings.run
),

-- How much good outcomes differ between the levels of an attribute, beyond chance: by moments, over all attributes.
level_spread as (
    select
        counts.icp_id,
        counts.outcome,
        cast(counts.weight_best_known as double) / nullif(counts.weight_known, 0) as base_rate,
        1 - cast(counts.weight_segment as double) / nullif(counts.weight_known, 0) as outside_share,
        counts.weight_segment,
        cast(counts.weight_best as double) / nullif(counts.weight_segment, 0)
        - cast(counts.weight_best_known as double) / nullif(counts.weight_known, 0) as deviation
    from segments.segment_counts as counts
    inner join segments.segment_definitions as definitions
        on counts.icp_id = definitions.icp_id
        and counts.attribute = definitions.attribute
        and counts.segment = definitions.segment
        and counts.segment = definitions.level
),

spread as (
    select
        icp_id,
        outcome,
        sum(cast(base_rate * (1 - base_rate) * outside_share as decimal(18, 9))) as chance,
        sum(cast(weight_segment * deviation * deviation as decimal(18, 9))) as seen,
        sum(cast(weight_segment * outside_share as decimal(18, 9))) as size,
        sum(cast(outside_share as decimal(18, 9))) as freedom
    from level_spread
    group by icp_id, outcome
),

-- The base rate weighs as much as this many observations; without a difference beyond chance, the maximum.
prior_strengths as (
    select
        icp_id,
        outcome,
        case
            when seen > chance and freedom > 0
                then least(
                    200.0,
                    greatest(
                        5.0,
                        cast(chance as double) / nullif(cast(seen - chance as double), 0)
                        * cast(size as double) / nullif(cast(freedom as double), 0)
                    )
                )
            else 200.0
        end as prior_n
    from spread
),

rates as (
    select
        counts.icp_id,
        counts.outcome,
        counts.attribute,
        counts.segment,
        counts.weight_segment + prior_strengths.prior_n as weight,
        cast(counts.weight_best_known as double) / nullif(counts.weight_known, 0) as base_rate_best,
        cast(counts.weight_worst_known as double) / nullif(counts.weight_known, 0) as base_rate_worst,
        (counts.weight_best + prior_strengths.prior_n * counts.weight_best_known / nullif(counts.weight_known, 0))
        / nullif(counts.weight_segment + prior_strengths.prior_n, 0) as rate_best,
        (counts.weight_worst + prior_strengths.prior_n * counts.weight_worst_known / nullif(counts.weight_known, 0))
        / nullif(counts.weight_segment + prior_strengths.prior_n, 0) as rate_worst
    from segments.segment_counts as counts
    inner join prior_strengths on counts.icp_id = prior_strengths.icp_id and counts.outcome = prior_strengths.outcome
),

-- Half of the 90 % Wilson interval, times its weight.
wilson as (
    select
        rates.*,
        weight * rate_best + interval_z * interval_z / 2 as middle,
        interval_z * sqrt(weight * rate_best * (1 - rate_best) + interval_z * interval_z / 4) as reach,
        weight + interval_z * interval_z as total
    from rates
    cross join run
)

select
    -- #not_null
    wilson.icp_id,
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    wilson.outcome,
    -- #not_null
    wilson.attribute,
    -- #not_null #unique_with[icp_id,outcome,attribute]
    wilson.segment,
    -- Share of its members among the best (won), shrunk towards the base rate where members are few. #between[0,1]
    -- #finite
    round(wilson.rate_best, 9) as rate_best,
    -- Lower end of the 90 % Wilson interval of that share. #between[0,1] #finite
    round(greatest(0, (wilson.middle - wilson.reach) / nullif(wilson.total, 0)), 9) as rate_best_low,
    -- Upper end of the 90 % Wilson interval of that share. #between[0,1] #finite
    round(least(1, (wilson.middle + wilson.reach) / nullif(wilson.total, 0)), 9) as rate_best_high,
    -- Share of the best (won) among all whose attribute is known. #between[0,1] #finite
    wilson.base_rate_best,
    -- Share of its members among the worst (lost), shrunk towards the base rate where members are few. #between[0,1]
    -- #finite
    round(wilson.rate_worst, 9) as rate_worst,
    -- Share of the worst (lost) among all whose attribute is known. #between[0,1] #finite
    wilson.base_rate_worst
from wilson
