-- One row per claim and period: its p- and q-value. Claims are families of their own, one per ICP and period, because
-- they are not among the segments that the data were searched for. Same CTEs as segments.significance.
with
effects as (
    select
        claim_effects.*,
        'claim/' || icp_id || '/' || period as family,
        -- Better and worse are one question about all customers, although the claims have different dates.
        case
            when period = 'later' then 1
            when row_number() over (partition by icp_id, attribute, segment, period order by says asc) = 1 then 1
            else 0
        end as is_counted
    from voice.claim_effects
),

-- If all outcomes are alike the standard error is 0 and z undefined: then there is no test. Rounded, so that
-- a segment and its complement get the same p-value to the last digit.
tests as (
    select
        effects.*,
        case when standard_error > 0.000001 then round(effect / nullif(standard_error, 0), 9) end as z
    from effects
),

-- Two-sided p-value of a normal z: the complementary error function after Numerical Recipes, relative error
-- below 1.2e-7 for every z, so that very strong results keep their order.
sized as (
    select
        tests.*,
        least(abs(z), 37.0) as size,
        1.0 / greatest(1.0, 1.0 + 0.5 * least(abs(z), 37.0) / sqrt(2.0)) as t
    from tests
    where z is not null
),

p_values as (
    select
        sized.*,
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
    from sized
),

-- Benjamini-Hochberg: the smallest, over all p-values not below this one, of p times tests over its rank.
ranks as (
    select
        p_values.*,
        sum(is_counted) over (partition by family) as n_tests,
        sum(is_counted) over (
            partition by family order by p_value nulls first
            range between unbounded preceding and current row
        ) as p_rank
    from p_values
),

q_values as (
    select
        ranks.*,
        least(
            1.0,
            min(p_value * n_tests / greatest(p_rank, 1)) over (
                partition by family order by p_value desc
                range between unbounded preceding and current row
            )
        ) as q_value
    from ranks
)

select
    -- Tests that share a false discovery rate. #not_null
    q_values.family,
    -- all: every ranked customer. later: those that became customers after it was first said. #not_null
    -- #accepted[all,later]
    q_values.period,
    -- #not_null
    q_values.icp_id,
    -- #not_null
    q_values.attribute,
    -- #not_null
    q_values.segment,
    -- better or worse: how the respondents say the segment turns out against the rest. #not_null
    -- #accepted[better,worse] #unique_with[period,icp_id,attribute,segment]
    q_values.says,
    -- Effect divided by its standard error. #not_null #finite
    q_values.z,
    -- Two-sided p-value of z. #not_null #between[0,1] #finite
    q_values.p_value,
    -- Expected share of false discoveries among claims with a q-value as low as this. #not_null #between[0,1] #finite
    q_values.q_value,
    -- Number of hypotheses counted in the family. #not_null
    cast(q_values.n_tests as bigint) as n_tests
from q_values
