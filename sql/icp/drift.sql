-- One row per criterion and trait of the live ICP, and one for its ranking as a whole: the value when it was learned,
-- the value now, and whether the change is more than chance. Effects are in log-odds of turning out well, the ranking
-- is a correlation of score and outcome, psi is about shares of the market.
with
tested as (
    select icp_id, icp_version, attribute, segment, 'effect' as measure, effect_then as value_then,
        effect_now as value_now, n_then, n_now
    from icp.criterion_drift
    union all
    select icp_id, icp_version, 'fit_points' as attribute, 'all evidence' as segment, 'ranking' as measure,
        correlation_then as value_then, correlation_now as value_now, n_then, n_now
    from icp.ranking_drift
),

changes as (
    select
        tested.icp_id,
        tested.icp_version,
        tested.attribute,
        tested.segment,
        tested.measure,
        tested.value_then,
        tested.value_now,
        tested.n_then,
        tested.n_now,
        significance.z,
        significance.q_value,
        cast(null as double) as psi,
        -- A ranking that improved is no reason to learn again. Every night is another look, but most of the data were
        -- there the night before: each doubling of the customers since counts as one more look (1.442695 is 1 / ln 2).
        significance.q_value * (1 + ln(greatest(tested.n_now, 10) / 10.0) * 1.442695) <= 0.01
        and (tested.measure = 'effect' or significance.z < 0) as drifted
    from tested
    inner join icp.significance as significance
        on tested.icp_id = significance.icp_id
        and tested.measure = significance.measure
        and tested.attribute = significance.attribute
        and tested.segment = significance.segment
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
    -- #not_null
    changes.icp_id,
    -- Live ICP version. #not_null
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
    -- Change divided by its standard error; NULL for shares.
    changes.z,
    -- Benjamini-Hochberg over the ICP's criteria and its ranking; NULL for shares. #between[0,1]
    changes.q_value,
    -- Population stability index beyond chance; NULL for the others. #finite
    changes.psi,
    -- Beyond chance, however often it was looked at: q at most 0.01 over one more than the doublings of n_now since
    -- ten, or psi above 0.25. #not_null
    changes.drifted
from changes
