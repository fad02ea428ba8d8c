-- One row per tested pair of segments: p-value, and q-value over the pairs of an outcome (Benjamini-Hochberg). It comes
-- after segments.significance, with the same CTEs, because that one's q-values decide which pairs are tested.
with
-- If all outcomes are alike the standard error is 0 and z undefined: then there is no test.
tests as (
    select
        outcome as family,
        outcome,
        attribute,
        segment,
        attribute_2,
        segment_2,
        case when standard_error > 0.000001 then round(effect / nullif(standard_error, 0), 9) end as z,
        1 as is_counted
    from segments.pair_effects
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
    -- Outcome that is measured; its pairs share a rate of false discoveries. #not_null #accepted[quality,win]
    q_values.outcome,
    -- Attribute of the first segment. #not_null
    q_values.attribute,
    -- The first segment. #not_null #unique_with[outcome,attribute,attribute_2,segment_2]
    q_values.segment,
    -- Attribute of the second segment. #not_null
    q_values.attribute_2,
    -- The second segment. #not_null
    q_values.segment_2,
    -- Effect divided by its standard error. #not_null #finite
    q_values.z,
    -- Two-sided p-value of z. #not_null #between[0,1] #finite
    q_values.p_value,
    -- Expected share of false discoveries among pairs with a q-value as low as this. #not_null #between[0,1] #finite
    q_values.q_value,
    -- Number of pairs tested for the outcome. #not_null
    cast(q_values.n_tests as bigint) as n_tests
from q_values
