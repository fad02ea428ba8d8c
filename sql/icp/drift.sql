-- One row per criterion and trait of the live ICP, and one for its ranking as a whole: what was true when it was learned,
-- what is true now, and whether that is more than chance. Effects are steps in log-odds of turning out well, the ranking
-- is a correlation of score and outcome, psi is about shares of the market.
with
z_scores as (
    select icp_id, icp_version, attribute, segment, 'effect' as measure, effect_then as value_then,
        effect_now as value_now, n_then, n_now, z
    from icp.criterion_drift
    where z is not null
    union all
    select icp_id, icp_version, 'fit_points' as attribute, 'all evidence' as segment, 'ranking' as measure,
        correlation_then as value_then, correlation_now as value_now, n_then, n_now, z
    from icp.ranking_drift
    where z is not null
),

sized as (
    select
        z_scores.*,
        least(abs(z), 37.0) as size,
        1.0 / greatest(1.0, 1.0 + 0.5 * least(abs(z), 37.0) / sqrt(2.0)) as t
    from z_scores
),

-- Two-sided p-value of a normal z: the complementary error function after Numerical Recipes, as in
-- segments.segment_tests.
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

ranks as (
    select
        p_values.*,
        count(*) over (partition by icp_id) as n_tests,
        rank() over (partition by icp_id order by p_value desc) as from_the_largest
    from p_values
),

-- Benjamini-Hochberg over what is tested of one ICP.
q_values as (
    select
        ranks.*,
        least(
            1.0,
            min(p_value * n_tests / nullif(n_tests - from_the_largest + 1, 0)) over (
                partition by icp_id order by p_value desc range between unbounded preceding and current row
            )
        ) as q_value
    from ranks
),

changes as (
    select
        icp_id,
        icp_version,
        attribute,
        segment,
        measure,
        value_then,
        value_now,
        n_then,
        n_now,
        z,
        q_value,
        cast(null as double) as psi,
        -- A ranking that became better is no reason to learn again. Every night is another look, and most of what there
        -- is to see was there the night before: each doubling of the customers since counts as one more
        -- (1.442695 is 1 / ln 2).
        q_value * (1 + ln(greatest(n_now, 10) / 10.0) * 1.442695) <= 0.01 and (measure = 'effect' or z < 0) as drifted
    from q_values
    union all
    select
        icp_id,
        icp_version,
        attribute,
        level as segment,
        'psi' as measure,
        share_then as value_then,
        share_now as value_now,
        n_then,
        n_now,
        cast(null as double) as z,
        cast(null as double) as q_value,
        psi,
        psi > 0.25 as drifted
    from icp.trait_drift
)

select
    -- ICP. #not_null
    changes.icp_id,
    -- Version that is live. #not_null
    changes.icp_version,
    -- The attribute; fit_points for the ranking as a whole. #not_null
    changes.attribute,
    -- The criterion's segment, or the value of the trait whose share changed most. #not_null
    -- #unique_with[icp_id,attribute,measure]
    changes.segment,
    -- What is compared: effect on how customers turn out, correlation of score and outcome, or share of the market's
    -- values. #not_null #accepted[effect,ranking,psi]
    changes.measure,
    -- Effect, correlation or share when the version was learned. #not_null #finite
    changes.value_then,
    -- Effect or correlation among customers since, or share now. #not_null #finite
    changes.value_now,
    -- Customers in the segment, customers, or values of the trait, then. #not_null
    changes.n_then,
    -- Customers in the segment since, customers since, or values of the trait now. #not_null
    changes.n_now,
    -- Change over its standard error; NULL for shares.
    changes.z,
    -- Benjamini-Hochberg over the ICP's criteria and its ranking; NULL for shares. #between[0,1]
    changes.q_value,
    -- Population stability index beyond chance; NULL for the others. #finite
    changes.psi,
    -- Beyond chance, however often it was looked at: q at most 0.01 over one more than the doublings of n_now since
    -- ten, or psi above 0.25. #not_null
    changes.drifted
from changes
