-- One row per criterion and per trait of the live ICP: what was true when it was learned, what is true now, and whether
-- that is more than chance. Effects are steps in log-odds of turning out well; psi is about shares of the market.
with
changes as (
    select
        icp_id,
        icp_version,
        attribute,
        segment,
        'effect' as measure,
        effect_then as value_then,
        effect_now as value_now,
        n_then,
        n_now,
        z,
        q_value,
        cast(null as double) as psi,
        q_value <= 0.01 as drifted
    from icp.criterion_drift
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
    -- The attribute. #not_null
    changes.attribute,
    -- The criterion's segment, or the value of the trait whose share changed most. #not_null #unique_with[icp_id,attribute,measure]
    changes.segment,
    -- What is compared: effect on how customers turn out, or share of the market's values. #not_null #accepted[effect,psi]
    changes.measure,
    -- Effect or share when the version was learned. #not_null #finite
    changes.value_then,
    -- Effect among customers since, or share now. #not_null #finite
    changes.value_now,
    -- Customers in the segment, or values of the trait, then. #not_null
    changes.n_then,
    -- Customers in the segment since, or values of the trait now. #not_null
    changes.n_now,
    -- Change of the effect over its standard error; NULL for shares.
    changes.z,
    -- Benjamini-Hochberg over the ICP's criteria; NULL for shares. #between[0,1]
    changes.q_value,
    -- Population stability index beyond chance; NULL for effects. #finite
    changes.psi,
    -- Beyond chance: q at most 0.01, or psi above 0.25. #not_null
    changes.drifted
from changes
