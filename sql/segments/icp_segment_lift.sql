-- One row per ICP, outcome, attribute and segment: how much more common the segment is among the ICP's best than among
-- its worst, and how sure that is. Members of an ICP with a filter are ranked among themselves, and its q-values are
-- over its own tests. Leaking attributes are absent; see segments.attribute_leaks.
with
run as (
    select fdr, interval_z from settings.run
),

-- Half an observation is added to each count, so a segment without any worst customer still has a finite lift.
shares as (
    select
        icp_id,
        outcome,
        attribute,
        segment,
        cast(weight_best as double) / nullif(weight_best_known, 0) as share_best,
        cast(weight_worst as double) / nullif(weight_worst_known, 0) as share_worst,
        case
            when weight_best_known > 0 and weight_worst_known > 0
                then exp(
                    ln(weight_best + 0.5) - ln(weight_best_known + 0.5)
                    - ln(weight_worst + 0.5) + ln(weight_worst_known + 0.5)
                )
        end as lift,
        sqrt(
            1.0 / nullif(weight_best + 0.5, 0) - 1.0 / nullif(weight_best_known + 0.5, 0)
            + 1.0 / nullif(weight_worst + 0.5, 0) - 1.0 / nullif(weight_worst_known + 0.5, 0)
        ) as log_error
    from segments.segment_counts
)

select
    -- #not_null
    counts.icp_id,
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    counts.outcome,
    -- #not_null
    counts.attribute,
    -- The segment: a level, one of several levels that an account has, or a range of neighbouring bins. #not_null
    -- #unique_with[icp_id,outcome,attribute]
    counts.segment,
    -- Customers (deals) of the ICP in the segment; accounts of one parent count once. #not_null
    counts.n_segment,
    -- Customers (deals) of the ICP whose attribute is known. #not_null
    counts.n_known,
    -- Best customers (won deals) in the segment. #not_null
    counts.n_best,
    -- Worst customers (lost deals) in the segment. #not_null
    counts.n_worst,
    -- Share of the best customers (won deals) that are in the segment, among those whose attribute is known.
    -- #between[0,1] #finite
    shares.share_best,
    -- Share of the worst customers (lost deals) that are in the segment, among those whose attribute is known.
    -- #between[0,1] #finite
    shares.share_worst,
    -- share_best / share_worst; NULL with too few members, or without any best or worst. #finite
    case when effects.effect is not null then round(shares.lift, 9) end as lift,
    -- Lower end of the 90 % interval of the lift. #finite
    case when effects.effect is not null then round(shares.lift * exp(-run.interval_z * shares.log_error), 9) end as ci_low,
    -- Upper end of the 90 % interval of the lift. #finite
    case when effects.effect is not null then round(shares.lift * exp(run.interval_z * shares.log_error), 9) end as ci_high,
    -- Mean outcome inside the segment minus the mean outside, in log-odds; NULL with too few members. #finite
    round(effects.effect, 9) as effect,
    -- Standard error of the effect, from the variance of y over all whose attribute is known. #finite
    round(effects.standard_error, 9) as standard_error,
    -- Effect divided by its standard error; NULL if everybody turned out alike. #finite
    significance.z,
    -- Two-sided p-value of z. #between[0,1] #finite
    significance.p_value,
    -- Expected share of false discoveries among segments of this ICP with a q-value as low as this. #between[0,1]
    -- #finite
    significance.q_value,
    -- icp: significantly better. negative: significantly worse. not_significant. too_few: could not be tested.
    -- #not_null #accepted[icp,negative,not_significant,too_few]
    case
        when not effects.is_supported then 'too_few'
        when significance.q_value <= run.fdr and round(effects.effect, 9) > 0 then 'icp'
        when significance.q_value <= run.fdr and round(effects.effect, 9) < 0 then 'negative'
        else 'not_significant'
    end as verdict,
    -- Whether it counts as a hypothesis; complements of other segments and untested ones do not. #not_null
    coalesce(significance.is_counted, false) as is_counted,
    -- Number of hypotheses counted for the ICP's outcome.
    significance.n_tests,
    -- Weight of the segment: accounts of one parent weigh 1 together. #not_null #finite
    counts.weight_segment,
    -- Weight of those whose attribute is known. #not_null #finite
    counts.weight_known
from segments.segment_counts as counts
cross join run
inner join segments.segment_effects as effects
    on counts.icp_id = effects.icp_id
    and counts.outcome = effects.outcome
    and counts.attribute = effects.attribute
    and counts.segment = effects.segment
inner join shares
    on counts.icp_id = shares.icp_id
    and counts.outcome = shares.outcome
    and counts.attribute = shares.attribute
    and counts.segment = shares.segment
left join segments.significance as significance
    on significance.test = 'segment'
    and counts.icp_id = significance.icp_id
    and counts.outcome = significance.outcome
    and counts.attribute = significance.attribute
    and counts.segment = significance.segment
