-- One row per outcome, attribute and segment: how much more often the best have it than the worst, how sure that is,
-- and what else is known about the segment. Leaking attributes are absent; see segments.attribute_leaks.
with
run as (
    select fdr, interval_z from settings.run
),

dimensions as (
    select attribute, max(dimension) as dimension
    from core.account_attributes
    group by attribute
),

-- How far good outcomes differ between the levels of an attribute, beyond chance: by moments, over all attributes.
level_spread as (
    select
        counts.outcome,
        cast(counts.n_best_known as double) / nullif(counts.n_known, 0) as base_rate,
        1 - cast(counts.n_segment as double) / nullif(counts.n_known, 0) as outside_share,
        counts.n_segment,
        cast(counts.n_best as double) / nullif(counts.n_segment, 0)
        - cast(counts.n_best_known as double) / nullif(counts.n_known, 0) as deviation
    from segments.segment_counts as counts
    where exists (
        select 1
        from segments.segment_definitions as definitions
        where
            definitions.attribute = counts.attribute
            and definitions.segment = counts.segment
            and definitions.level = counts.segment
    )
),

spread as (
    select
        outcome,
        sum(cast(base_rate * (1 - base_rate) * outside_share as decimal(18, 9))) as chance,
        sum(cast(n_segment * deviation * deviation as decimal(18, 9))) as seen,
        sum(cast(n_segment * outside_share as decimal(18, 9))) as size,
        sum(cast(outside_share as decimal(18, 9))) as freedom
    from level_spread
    group by outcome
),

-- The base rate weighs as much as this many observations; without a difference beyond chance, as the most.
prior_strengths as (
    select
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
        counts.outcome,
        counts.attribute,
        counts.segment,
        counts.n_segment + prior_strengths.prior_n as weight,
        cast(counts.n_best_known as double) / nullif(counts.n_known, 0) as base_rate_best,
        cast(counts.n_worst_known as double) / nullif(counts.n_known, 0) as base_rate_worst,
        (counts.n_best + prior_strengths.prior_n * counts.n_best_known / nullif(counts.n_known, 0))
        / nullif(counts.n_segment + prior_strengths.prior_n, 0) as rate_best,
        (counts.n_worst + prior_strengths.prior_n * counts.n_worst_known / nullif(counts.n_known, 0))
        / nullif(counts.n_segment + prior_strengths.prior_n, 0) as rate_worst
    from segments.segment_counts as counts
    inner join prior_strengths on counts.outcome = prior_strengths.outcome
),

-- Half an observation is added everywhere, so that a segment that no worst customer has gets a finite lift.
shares as (
    select
        outcome,
        attribute,
        segment,
        cast(n_best as double) / nullif(n_best_known, 0) as share_best,
        cast(n_worst as double) / nullif(n_worst_known, 0) as share_worst,
        case
            when n_best_known > 0 and n_worst_known > 0
                then exp(
                    ln(n_best + 0.5) - ln(n_best_known + 0.5) - ln(n_worst + 0.5) + ln(n_worst_known + 0.5)
                )
        end as lift,
        sqrt(
            1.0 / nullif(n_best + 0.5, 0) - 1.0 / nullif(n_best_known + 0.5, 0)
            + 1.0 / nullif(n_worst + 0.5, 0) - 1.0 / nullif(n_worst_known + 0.5, 0)
        ) as log_error
    from segments.segment_counts
)

select
    -- What is judged: how customers turn out (quality) or whether deals are won (win). #not_null #accepted[quality,win]
    counts.outcome,
    -- Kind of attribute: firmographic, technographic, situational, organizational, behavioral or custom.
    dimensions.dimension,
    -- The attribute. #not_null
    counts.attribute,
    -- The segment: a level, a level that it has among others, or a run of neighbouring bins. #not_null #unique_with[outcome,attribute]
    counts.segment,
    -- Customers (deals) in the segment. #not_null
    counts.n_segment,
    -- Customers (deals) whose attribute is known. #not_null
    counts.n_known,
    -- Best customers (won deals) in the segment. #not_null
    counts.n_best,
    -- Worst customers (lost deals) in the segment. #not_null
    counts.n_worst,
    -- Share of the best (won) that have it, among those whose attribute is known. #between[0,1] #finite
    shares.share_best,
    -- Share of the worst (lost) that have it, among those whose attribute is known. #between[0,1] #finite
    shares.share_worst,
    -- Share of the best over share of the worst; NULL where there are too few to say, or no best or worst. #finite
    case when tests.is_supported then round(shares.lift, 9) end as lift,
    -- Lower end of the 90 % interval of the lift. #finite
    case when tests.is_supported then round(shares.lift * exp(-run.interval_z * shares.log_error), 9) end as ci_low,
    -- Upper end of the 90 % interval of the lift. #finite
    case when tests.is_supported then round(shares.lift * exp(run.interval_z * shares.log_error), 9) end as ci_high,
    -- Mean of y inside minus mean outside, in log-odds. #finite
    tests.effect,
    -- Standard error of the effect. #finite
    tests.standard_error,
    -- Effect over its standard error. #finite
    tests.z,
    -- Two-sided p-value of z. #between[0,1] #finite
    tests.p_value,
    -- Share of false discoveries to expect among segments with a q-value as low as this. #between[0,1] #finite
    tests.q_value,
    -- icp and negative are discoveries, for better and worse; too_few could not be tested. #not_null #accepted[icp,negative,not_significant,too_few]
    case
        when not tests.is_supported then 'too_few'
        when tests.q_value <= run.fdr and tests.effect > 0 then 'icp'
        when tests.q_value <= run.fdr and tests.effect < 0 then 'negative'
        else 'not_significant'
    end as verdict,
    -- Whether it is one of the counted hypotheses; complements and untested segments are not. #not_null
    tests.is_counted,
    -- Number of hypotheses counted for the outcome.
    tests.n_tests,
    -- Share of its members that are best (won), drawn towards the base rate where members are few. #between[0,1] #finite
    round(rates.rate_best, 9) as rate_best,
    -- Lower end of the 90 % Wilson interval of that share. #between[0,1] #finite
    round(
        greatest(
            0,
            (
                rates.weight * rates.rate_best + run.interval_z * run.interval_z / 2
                - run.interval_z * sqrt(
                    rates.weight * rates.rate_best * (1 - rates.rate_best) + run.interval_z * run.interval_z / 4
                )
            ) / nullif(rates.weight + run.interval_z * run.interval_z, 0)
        ),
        9
    ) as rate_best_low,
    -- Upper end of the 90 % Wilson interval of that share. #between[0,1] #finite
    round(
        least(
            1,
            (
                rates.weight * rates.rate_best + run.interval_z * run.interval_z / 2
                + run.interval_z * sqrt(
                    rates.weight * rates.rate_best * (1 - rates.rate_best) + run.interval_z * run.interval_z / 4
                )
            ) / nullif(rates.weight + run.interval_z * run.interval_z, 0)
        ),
        9
    ) as rate_best_high,
    -- Share of best (won) among all whose attribute is known. #between[0,1] #finite
    rates.base_rate_best,
    -- Share of its members that are worst (lost), drawn towards the base rate where members are few. #between[0,1] #finite
    round(rates.rate_worst, 9) as rate_worst,
    -- Share of worst (lost) among all whose attribute is known. #between[0,1] #finite
    rates.base_rate_worst,
    -- Share of its ranked customers that left. #finite
    outcomes.churn_rate,
    -- Share of its closed deals that were won. #finite
    outcomes.win_rate,
    -- Median days from the creation of the won deal to its close. #finite
    outcomes.median_cycle_days,
    -- Share of its ranked customers whose recurring revenue grew. #finite
    outcomes.expansion_rate,
    -- Share of all ranked customers that left.
    outcomes.average_churn_rate,
    -- Share of all closed deals that were won.
    outcomes.average_win_rate,
    -- Median cycle of all ranked customers.
    outcomes.average_cycle_days,
    -- Share of all ranked customers whose recurring revenue grew.
    outcomes.average_expansion_rate
from segments.segment_counts as counts
cross join run
inner join segments.segment_tests as tests
    on counts.outcome = tests.outcome and counts.attribute = tests.attribute and counts.segment = tests.segment
inner join shares
    on counts.outcome = shares.outcome and counts.attribute = shares.attribute and counts.segment = shares.segment
inner join rates
    on counts.outcome = rates.outcome and counts.attribute = rates.attribute and counts.segment = rates.segment
left join segments.segment_outcomes as outcomes
    on counts.attribute = outcomes.attribute and counts.segment = outcomes.segment
left join dimensions on counts.attribute = dimensions.attribute
