-- One row per experiment, segment and kind of event: confidence sequences, valid for all nights together. A ratio of
-- the arms' rates is ruled out once the mixture over all ratios explains the conversions 1/.045 times better, a common
-- rate once it is 1/.005 times; both hold together at 95 %. Values are tested on a grid, one for ratios and one for
-- rates, and a bound is the next grid point outside.
with
digits as (
    select 0 as digit union all select 1 as digit union all select 2 as digit union all select 3 as digit
    union all select 4 as digit union all select 5 as digit union all select 6 as digit
    union all select 7 as digit union all select 8 as digit union all select 9 as digit
),

numbers as (
    select ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    where thousands.digit < 2
),

counts as (
    select
        counts.*,
        1 - counts.holdout as share,
        counts.accounts_personalised + counts.accounts_holdout as accounts,
        counts.conversions_personalised + counts.conversions_holdout as conversions,
        evidence.log_mixture,
        evidence.log_rate_mixture
    from results.experiment_counts as counts
    inner join results.experiment_evidence as evidence
        on counts.experiment = evidence.experiment
        and counts.attribute = evidence.attribute
        and counts.segment = evidence.segment
        and counts.event = evidence.event
),

-- Ratios in steps of 1 % from a thousandth to a thousand times, rates in steps of .02 in log odds.
grid as (
    select exp((number - 700) / 100.0) as ratio, 1 / nullif(1 + exp((700 - number) / 50.0), 0) as rate
    from numbers
    where number <= 1400
),

ruled_out_ratios as (
    select
        experiment,
        attribute,
        segment,
        event,
        max(case when ratio * share * conversions_holdout < holdout * conversions_personalised then ratio end) as ratio_low,
        min(case when ratio * share * conversions_holdout >= holdout * conversions_personalised then ratio end) as ratio_high
    from counts
    cross join grid
    where
        conversions > 0
        and log_mixture
        - conversions_personalised * ln(share * ratio / nullif(share * ratio + holdout, 0))
        - conversions_holdout * ln(holdout / nullif(share * ratio + holdout, 0))
        >= -ln(0.045)
    group by experiment, attribute, segment, event
),

ruled_out_rates as (
    select
        experiment,
        attribute,
        segment,
        event,
        max(case when rate * accounts < conversions then rate end) as rate_low,
        min(case when rate * accounts >= conversions then rate end) as rate_high
    from counts
    cross join grid
    where
        accounts > 0
        and log_rate_mixture - conversions * ln(rate) - (accounts - conversions) * ln(1 - rate) >= -ln(0.005)
    group by experiment, attribute, segment, event
),

bounds as (
    select
        counts.*,
        ratios.ratio_low,
        ratios.ratio_high,
        coalesce(rates.rate_low, 0) as rate_low,
        coalesce(rates.rate_high, 1) as rate_high,
        -- A ratio and a common rate give one difference between the arms.
        (coalesce(ratios.ratio_low, 0) - 1) / nullif(counts.share * coalesce(ratios.ratio_low, 0) + counts.holdout, 0)
            as gain_low,
        case
            when ratios.ratio_high is null then 1 / nullif(counts.share, 0)
            else (ratios.ratio_high - 1) / nullif(counts.share * ratios.ratio_high + counts.holdout, 0)
        end as gain_high
    from counts
    left join ruled_out_ratios as ratios
        on counts.experiment = ratios.experiment
        and counts.attribute = ratios.attribute
        and counts.segment = ratios.segment
        and counts.event = ratios.event
    left join ruled_out_rates as rates
        on counts.experiment = rates.experiment
        and counts.attribute = rates.attribute
        and counts.segment = rates.segment
        and counts.event = rates.event
)

select
    -- Experiment. #not_null
    experiment,
    -- What the segment is a value of: all, tier, industry, employees or region. #not_null
    attribute,
    -- #not_null
    segment,
    -- Event that counts as a conversion. #not_null #unique_with[experiment,attribute,segment]
    -- #same_count_as[results.experiment_counts]
    event,
    -- Smallest ratio of the rates (personalised / holdout) that is not ruled out; NULL if none is ruled out. #finite
    round(ratio_low, 6) as ratio_low,
    -- Largest ratio that is not ruled out; NULL if none is ruled out. #finite
    round(ratio_high, 6) as ratio_high,
    -- Smallest difference of the rates (personalised - holdout) that is not ruled out. #not_null #between[-1,1]
    round(greatest(-1.0, least(gain_low * rate_low, gain_low * rate_high)), 6) as difference_low,
    -- Largest difference that is not ruled out. #not_null #between[-1,1]
    round(least(1.0, greatest(gain_high * rate_low, gain_high * rate_high)), 6) as difference_high
from bounds
