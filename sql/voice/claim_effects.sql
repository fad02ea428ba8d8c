-- One row per claim and period of voice.claim_counts: how ranked customers in the claimed segment turned out against the others.
with
run as (
    select min_support_share, interval_z from settings.run
),

-- Tested by the same rule as segments.segment_effects.
judged as (
    select
        totals.*,
        totals.n_observations >= 30
        and totals.n_segment
        >= greatest(5, least(10, totals.n_observations / 10.0), run.min_support_share * totals.n_observations)
        and totals.n_outside >= 5 as is_supported,
        coalesce(totals.period = 'all' and abs(starts.start_correlation) > 0.7, false) as is_start,
        greatest(0, totals.sum_y_squared - totals.sum_y * totals.sum_y / nullif(totals.weight_known, 0))
        / nullif(totals.weight_known - 1, 0) as variance,
        run.interval_z
    from voice.claim_counts as totals
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
    -- #not_null
    lifts.icp_id,
    -- #not_null
    lifts.attribute,
    -- #not_null
    lifts.segment,
    -- better or worse: how the respondents say the segment turns out against the rest. #not_null
    -- #accepted[better,worse]
    lifts.says,
    -- all: every ranked customer. later: those that became customers after it was first said. #not_null
    -- #accepted[all,later] #unique_with[icp_id,attribute,segment,says]
    lifts.period,
    -- Ranked customers in the segment; those of one parent count once. #not_null
    lifts.n_segment,
    -- Ranked customers whose attribute is known. #not_null
    lifts.n_known,
    -- Whether there are enough inside and outside to be tested. #not_null
    lifts.is_supported,
    -- Whether the trait cannot be separated from the day on which customers began; it is then not tested. #not_null
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
