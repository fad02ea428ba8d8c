-- One row per pair of leading segments of two attributes, for the ICP `primary`: does having both do more, or less,
-- than the two effects together? Only with 300 observations or more, and ten or more with both, with each alone, and
-- with neither.
with
run as (
    select fdr, interval_z from settings.run
),

lifts as (
    select
        outcome,
        attribute,
        segment,
        attribute_2,
        segment_2,
        case
            when weight_best_known > 0 and weight_worst_known > 0
                then exp(
                    ln(weight_best + 0.5) - ln(weight_best_known + 0.5) - ln(weight_worst + 0.5) + ln(weight_worst_known + 0.5)
                )
        end as lift,
        sqrt(
            1.0 / nullif(weight_best + 0.5, 0) - 1.0 / nullif(weight_best_known + 0.5, 0)
            + 1.0 / nullif(weight_worst + 0.5, 0) - 1.0 / nullif(weight_worst_known + 0.5, 0)
        ) as log_error
    from segments.pair_counts as cells
)

select
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    cells.outcome,
    -- Attribute of the first segment; alphabetically before the second. #not_null
    cells.attribute,
    -- The first segment. #not_null #unique_with[outcome,attribute,attribute_2,segment_2]
    cells.segment,
    -- Attribute of the second segment. #not_null
    cells.attribute_2,
    -- The second segment. #not_null
    cells.segment_2,
    -- Customers (deals) with both. #not_null
    cells.n_both as n_segment,
    -- Customers (deals) for which both attributes are known. #not_null
    cells.n_known,
    -- Best customers (won deals) with both. #not_null
    cells.n_best,
    -- Worst customers (lost deals) with both. #not_null
    cells.n_worst,
    -- Share of the best customers (won deals) that are in both. #between[0,1] #finite
    cells.weight_best / nullif(cells.weight_best_known, 0) as share_best,
    -- Share of the worst customers (lost deals) that are in both. #between[0,1] #finite
    cells.weight_worst / nullif(cells.weight_worst_known, 0) as share_worst,
    -- Share of the best over share of the worst, for the combination; NULL where it could not be tested. #finite
    case when significance.z is not null then round(lifts.lift, 9) end as lift,
    -- Lower end of the 90 % interval of the lift. #finite
    case when significance.z is not null then round(lifts.lift * exp(-run.interval_z * lifts.log_error), 9) end as ci_low,
    -- Upper end of the 90 % interval of the lift. #finite
    case when significance.z is not null then round(lifts.lift * exp(run.interval_z * lifts.log_error), 9) end as ci_high,
    -- What the combination adds to its parts (difference in differences of the residual), in log-odds. #finite
    effects.effect,
    -- Standard error of the effect. #finite
    effects.standard_error,
    -- Effect divided by its standard error. #finite
    significance.z,
    -- Two-sided p-value of z. #between[0,1] #finite
    significance.p_value,
    -- Expected share of false discoveries among pairs with a q-value as low as this. #between[0,1] #finite
    significance.q_value,
    -- icp or negative: the combination is significantly better or worse than its parts. not_significant. too_few: could
    -- not be tested. #not_null #accepted[icp,negative,not_significant,too_few]
    case
        when significance.z is null then 'too_few'
        when significance.q_value <= run.fdr and effects.effect > 0 then 'icp'
        when significance.q_value <= run.fdr and effects.effect < 0 then 'negative'
        else 'not_significant'
    end as verdict,
    -- Whether it counts as a hypothesis. #not_null
    significance.z is not null as is_counted,
    -- Number of pairs tested for the outcome.
    significance.n_tests
from segments.pair_counts as cells
cross join run
inner join lifts
    on cells.outcome = lifts.outcome
    and cells.attribute = lifts.attribute
    and cells.segment = lifts.segment
    and cells.attribute_2 = lifts.attribute_2
    and cells.segment_2 = lifts.segment_2
left join segments.pair_effects as effects
    on cells.outcome = effects.outcome
    and cells.attribute = effects.attribute
    and cells.segment = effects.segment
    and cells.attribute_2 = effects.attribute_2
    and cells.segment_2 = effects.segment_2
left join segments.pair_significance as significance
    on cells.outcome = significance.outcome
    and cells.attribute = significance.attribute
    and cells.segment = significance.segment
    and cells.attribute_2 = significance.attribute_2
    and cells.segment_2 = significance.segment_2
