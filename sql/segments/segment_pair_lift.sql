-- One row per pair of strong segments of two attributes: does having both do more, or less, than the two by themselves?
-- Only with 300 observations or more, and ten or more with both, with either alone, and with neither.
with
run as (
    select fdr, interval_z from settings.run
),

effects as (
    select
        cells.outcome,
        cells.attribute,
        cells.segment,
        cells.attribute_2,
        cells.segment_2,
        round(
            cells.sum_both / nullif(cells.n_both, 0) - cells.sum_first / nullif(cells.n_first, 0)
            - cells.sum_second / nullif(cells.n_second, 0) + cells.sum_neither / nullif(cells.n_neither, 0),
            9
        ) as effect,
        round(
            sqrt(
                cells.variance
                * (
                    1.0 / nullif(cells.n_both, 0) + 1.0 / nullif(cells.n_first, 0)
                    + 1.0 / nullif(cells.n_second, 0) + 1.0 / nullif(cells.n_neither, 0)
                )
            ),
            9
        ) as standard_error
    from segments.pair_counts as cells
    where cells.n_both >= 10 and cells.n_first >= 10 and cells.n_second >= 10 and cells.n_neither >= 10
),

z_scores as (
    select
        outcome,
        attribute,
        segment,
        attribute_2,
        segment_2,
        effect,
        standard_error,
        round(effect / nullif(standard_error, 0), 9) as z
    from effects
    where standard_error > 0.000001
),

scores as (
    select
        outcome,
        attribute,
        segment,
        attribute_2,
        segment_2,
        effect,
        standard_error,
        z,
        least(abs(z), 37.0) as size,
        1.0 / greatest(1.0, 1.0 + 0.5 * least(abs(z), 37.0) / sqrt(2.0)) as t
    from z_scores
),

-- The same two-sided normal p-value as in segments.segment_tests.
p_values as (
    select
        outcome,
        attribute,
        segment,
        attribute_2,
        segment_2,
        effect,
        standard_error,
        z,
        least(
            1.0,
            t * exp(
                -size * size / 2.0 - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (
                    -0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (
                        -0.82215223 + t * 0.17087277
                    )))))
                )))
            )
        ) as p_value
    from scores
),

ranks as (
    select
        outcome,
        attribute,
        segment,
        attribute_2,
        segment_2,
        p_value,
        count(*) over (partition by outcome) as n_tests,
        count(*) over (
            partition by outcome order by p_value nulls first
            range between unbounded preceding and current row
        ) as p_rank
    from p_values
),

q_values as (
    select
        outcome,
        attribute,
        segment,
        attribute_2,
        segment_2,
        n_tests,
        least(
            1.0,
            min(p_value * n_tests / greatest(p_rank, 1)) over (
                partition by outcome order by p_value desc
                range between unbounded preceding and current row
            )
        ) as q_value
    from ranks
),

lifts as (
    select
        outcome,
        attribute,
        segment,
        attribute_2,
        segment_2,
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
    from segments.pair_counts as cells
)

select
    -- What is judged. #not_null #accepted[quality,win]
    cells.outcome,
    -- Attribute of the first segment; in the alphabet before the second. #not_null
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
    -- Share of the best (won) that have both. #between[0,1] #finite
    cast(cells.n_best as double) / nullif(cells.n_best_known, 0) as share_best,
    -- Share of the worst (lost) that have both. #between[0,1] #finite
    cast(cells.n_worst as double) / nullif(cells.n_worst_known, 0) as share_worst,
    -- Share of the best over share of the worst, for the combination; NULL where it could not be tested. #finite
    case when p_values.z is not null then round(lifts.lift, 9) end as lift,
    -- Lower end of the 90 % interval of the lift. #finite
    case when p_values.z is not null then round(lifts.lift * exp(-run.interval_z * lifts.log_error), 9) end as ci_low,
    -- Upper end of the 90 % interval of the lift. #finite
    case when p_values.z is not null then round(lifts.lift * exp(run.interval_z * lifts.log_error), 9) end as ci_high,
    -- What the combination adds to its parts (difference in differences of the residual), in log-odds. #finite
    p_values.effect,
    -- Standard error of the effect. #finite
    p_values.standard_error,
    -- Effect over its standard error. #finite
    p_values.z,
    -- Two-sided p-value of z. #between[0,1] #finite
    p_values.p_value,
    -- Share of false discoveries to expect among pairs with a q-value as low as this. #between[0,1] #finite
    q_values.q_value,
    -- icp and negative: the combination is better or worse than its parts; too_few could not be tested. #not_null #accepted[icp,negative,not_significant,too_few]
    case
        when p_values.z is null then 'too_few'
        when q_values.q_value <= run.fdr and p_values.effect > 0 then 'icp'
        when q_values.q_value <= run.fdr and p_values.effect < 0 then 'negative'
        else 'not_significant'
    end as verdict,
    -- Whether it is one of the counted hypotheses. #not_null
    p_values.z is not null as is_counted,
    -- Number of pairs tested for the outcome.
    cast(q_values.n_tests as bigint) as n_tests
from segments.pair_counts as cells
cross join run
inner join lifts
    on
        cells.outcome = lifts.outcome
        and cells.attribute = lifts.attribute
        and cells.segment = lifts.segment
        and cells.attribute_2 = lifts.attribute_2
        and cells.segment_2 = lifts.segment_2
left join p_values
    on
        cells.outcome = p_values.outcome
        and cells.attribute = p_values.attribute
        and cells.segment = p_values.segment
        and cells.attribute_2 = p_values.attribute_2
        and cells.segment_2 = p_values.segment_2
left join q_values
    on
        cells.outcome = q_values.outcome
        and cells.attribute = q_values.attribute
        and cells.segment = q_values.segment
        and cells.attribute_2 = q_values.attribute_2
        and cells.segment_2 = q_values.segment_2
