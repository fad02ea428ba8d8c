-- One row per segment of the ICP `primary` whose effect has turned: the younger half of the ranked customers against
-- the older half. Less is known about young customers, so every trait seems weaker among them; listed are only segments
-- that are good now and were not before (emerging), or were good and are not now (fading).
with
turned as (
    select
        effects.*,
        significance.z,
        significance.q_value,
        case when significance.z > 0 then 'emerging' else 'fading' end as direction
    from segments.recent_effects as effects
    inner join segments.significance as significance
        on significance.test = 'recent'
        and effects.icp_id = significance.icp_id
        and effects.attribute = significance.attribute
        and effects.segment = significance.segment
    cross join settings.run as run
    where
        significance.q_value <= run.fdr
        and (
            (significance.z > 0 and effects.z_recent >= run.interval_z and effects.effect_older <= 0)
            or (significance.z < 0 and effects.z_older >= run.interval_z and effects.effect_recent <= 0)
        )
)

select
    -- #not_null
    turned.attribute,
    -- #not_null #unique_with[attribute]
    turned.segment,
    -- emerging: good among the younger half of customers, not among the older half. fading: the reverse. #not_null
    -- #accepted[emerging,fading]
    turned.direction,
    -- Ranked customers of the younger half in it. #not_null
    turned.n_recent,
    -- Ranked customers of the older half in it. #not_null
    turned.n_older,
    -- Effect on how customers of the younger half turn out, in log-odds. #not_null #finite
    turned.effect_recent,
    -- Effect among the older half. #not_null #finite
    turned.effect_older,
    -- Difference divided by its standard error. #not_null #finite
    turned.z,
    -- Expected share of false discoveries among segments with a q-value as low as this. #not_null #between[0,1]
    turned.q_value,
    -- The same in a sentence. #not_null
    turned.attribute || ' ' || turned.segment || case turned.direction
        when 'emerging' then ' is emerging: its newer customers rank '
        else ' is fading: its newer customers rank ' end
    || cast(cast(round(abs(turned.effect_recent) * 100 / 6) as integer) as varchar) || ' places (of 100) '
    || case when turned.effect_recent > 0 then 'above' else 'below' end || ' the others ('
    || cast(turned.n_recent as varchar) || ' customers), its older ones '
    || cast(cast(round(abs(turned.effect_older) * 100 / 6) as integer) as varchar) || ' '
    || case when turned.effect_older > 0 then 'above' else 'below' end || ' ('
    || cast(turned.n_older as varchar) || ').' as summary
from turned
