-- One row per test of a live ICP: p- and q-value of a change, or of a segment of a trait without a positive criterion.
-- Same CTEs as segments.significance, which runs before anything is live. A family is the tests that share a false
-- discovery rate.
with
tests as (
    select icp_id || '/drift' as family, icp_id, 'effect' as measure, attribute, segment, z, 1 as is_counted
    from icp.criterion_drift
    union all
    select
        icp_id || '/drift' as family,
        icp_id,
        'ranking' as measure,
        'fit_points' as attribute,
        'all evidence' as segment,
        z,
        1 as is_counted
    from icp.ranking_drift
    union all
    -- The q-values of all segments would let chance in: they allow one false discovery in ten, and the true discoveries
    -- are the criteria's own traits, which are not among these.
    select
        icp_id || '/other_trait' as family,
        icp_id,
        'other_trait' as measure,
        attribute,
        segment,
        z,
        case when is_counted then 1 else 0 end as is_counted
    from icp.near_miss_candidates
    where relation = 'other_trait'
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
    -- Tests that share a rate of false discoveries: the ICP's criteria and ranking, or its other traits. #not_null
    q_values.family,
    -- #not_null
    q_values.icp_id,
    -- effect: a criterion's effect changed. ranking: the ICP's ranking changed. other_trait: a segment of a trait without a
    -- positive criterion turns out differently. #not_null #accepted[effect,ranking,other_trait]
    q_values.measure,
    -- The attribute; fit_points for the ranking as a whole. #not_null
    q_values.attribute,
    -- #not_null #unique_with[icp_id,measure,attribute]
    q_values.segment,
    -- Effect or change over its standard error. #not_null #finite
    q_values.z,
    -- Two-sided p-value of z. #not_null #between[0,1] #finite
    q_values.p_value,
    -- Expected share of false discoveries among tests of the family with a q-value as low as this. #not_null
    -- #between[0,1] #finite
    q_values.q_value
from q_values
