-- One row per test of a segment: its p- and q-value. A family is the tests that share a false discovery rate: all
-- segments of an ICP's outcome, or all comparisons of recent with older customers. Pairs of segments are chosen by
-- these q-values and tested after them, with the same CTEs: segments.pair_significance.
with
effects as (
    select
        'segment/' || icp_id || '/' || outcome as family,
        'segment' as test,
        icp_id,
        outcome,
        attribute,
        segment,
        effect,
        standard_error,
        case when is_complement then 0 else 1 end as is_counted
    from segments.segment_effects
    union all
    select
        'recent/' || icp_id || '/quality' as family,
        'recent' as test,
        icp_id,
        'quality' as outcome,
        attribute,
        segment,
        difference as effect,
        standard_error,
        1 as is_counted
    from segments.recent_effects
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
    -- segment: inside against outside. recent: the younger half of customers against the older. #not_null
    -- #accepted[segment,recent]
    q_values.test,
    -- #not_null
    q_values.icp_id,
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    q_values.outcome,
    -- #not_null
    q_values.attribute,
    -- #not_null #unique_with[test,icp_id,outcome,attribute]
    q_values.segment,
    -- Effect divided by its standard error. #not_null #finite
    q_values.z,
    -- Two-sided p-value of z. #not_null #between[0,1] #finite
    q_values.p_value,
    -- Expected share of false discoveries among tests of the family with a q-value as low as this. #not_null
    -- #between[0,1] #finite
    q_values.q_value,
    -- Whether it counts as a hypothesis; complements of other segments do not. #not_null
    q_values.is_counted = 1 as is_counted,
    -- Number of hypotheses counted in the family. #not_null
    cast(q_values.n_tests as bigint) as n_tests
from q_values
