-- One row per criterion of the live ICP and half-year of tenure with customers inside and outside of it, both among
-- those the version was learned from and among later ones. Young customers have fewer known metrics, so a trait seems
-- to matter less among them; then and now are therefore compared at the same tenure only. Versions without stored sums
-- have no rows.
with
-- The version's own levels, which stay the same even if bins or groups in the settings have changed.
criterion_levels as (
    select criteria.icp_id, criteria.attribute, criteria.segment, evidence.level
    from icp.criteria as criteria
    inner join history.icp_evidence as evidence
        on criteria.icp_id = evidence.icp_id
        and criteria.icp_version = evidence.icp_version
        and criteria.attribute = evidence.attribute
        and criteria.segment = evidence.segment
),

-- One row per criterion and new customer whose attribute is known: 1 if it is in the segment.
observed as (
    select
        customers.icp_id,
        customers.icp_version,
        criteria.attribute,
        criteria.segment,
        customers.tenure_half_years,
        customers.cluster_id,
        customers.observation_id,
        customers.y,
        max(case when criterion_levels.level is null then 0 else 1 end) as is_inside
    from (select distinct icp_id, attribute, segment from criterion_levels) as criteria
    inner join icp.new_customers as customers on criteria.icp_id = customers.icp_id
    inner join segments.observed_levels as levels
        on customers.observation_id = levels.observation_id
        and customers.outcome = levels.outcome
        and criteria.attribute = levels.attribute
    left join criterion_levels
        on criteria.icp_id = criterion_levels.icp_id
        and criteria.attribute = criterion_levels.attribute
        and criteria.segment = criterion_levels.segment
        and levels.level = criterion_levels.level
    group by
        customers.icp_id,
        customers.icp_version,
        criteria.attribute,
        criteria.segment,
        customers.tenure_half_years,
        customers.cluster_id,
        customers.observation_id,
        customers.y
),

-- Customers of one parent are one observation on either side, with their mean.
buyers as (
    select
        icp_id,
        icp_version,
        attribute,
        segment,
        tenure_half_years,
        cluster_id,
        is_inside,
        cast(cast(sum(y) as double) / nullif(count(*), 0) as decimal(18, 9)) as y
    from observed
    group by icp_id, icp_version, attribute, segment, tenure_half_years, cluster_id, is_inside
),

now_strata as (
    select
        icp_id,
        icp_version,
        attribute,
        segment,
        tenure_half_years,
        sum(is_inside) as n_in,
        sum(1 - is_inside) as n_out,
        sum(is_inside * y) as sum_in,
        sum((1 - is_inside) * y) as sum_out,
        sum(cast(round(y * y, 6) as decimal(28, 6))) as sum_squared
    from buyers
    group by icp_id, icp_version, attribute, segment, tenure_half_years
)

select
    -- #not_null
    now_strata.icp_id,
    -- Live ICP version. #not_null
    now_strata.icp_version,
    -- The criterion's attribute. #not_null
    now_strata.attribute,
    -- The criterion's segment. #not_null
    now_strata.segment,
    -- Half-years since they became customers. #not_null #unique_with[icp_id,attribute,segment]
    now_strata.tenure_half_years,
    -- Customers inside the segment then. #not_null
    kept.n_segment as n_in_then,
    -- Customers known to be outside then. #not_null
    kept.n_outside as n_out_then,
    -- Mean outcome inside minus mean outside then. #not_null
    cast(kept.sum_y / nullif(kept.n_segment, 0) - kept.sum_y_outside / nullif(kept.n_outside, 0) as decimal(18, 9))
        as effect_then,
    -- Sum of all outcomes then. #not_null
    cast(kept.sum_y + kept.sum_y_outside as decimal(28, 9)) as sum_then,
    -- Sum of their squares. #not_null
    cast(kept.sum_y_squared as decimal(28, 6)) as squared_then,
    -- Customers inside the segment since. #not_null
    cast(now_strata.n_in as bigint) as n_in,
    -- Customers known to be outside since. #not_null
    cast(now_strata.n_out as bigint) as n_out,
    -- Mean outcome inside minus mean outside since. #not_null
    cast(now_strata.sum_in / nullif(now_strata.n_in, 0) - now_strata.sum_out / nullif(now_strata.n_out, 0)
        as decimal(18, 9)) as effect_now,
    -- Sum of all outcomes since. #not_null
    now_strata.sum_in + now_strata.sum_out as sum_now,
    -- Sum of their squares. #not_null
    now_strata.sum_squared as squared_now,
    -- Weight of the tenure group: larger where the change has a smaller error. #not_null
    cast(
        1.0 / nullif(
            1.0 / nullif(kept.n_segment, 0) + 1.0 / nullif(kept.n_outside, 0)
            + 1.0 / nullif(now_strata.n_in, 0) + 1.0 / nullif(now_strata.n_out, 0),
            0
        ) as decimal(18, 9)
    ) as weight
from history.icp_segment_effects as kept
inner join now_strata
    on kept.icp_id = now_strata.icp_id
    and kept.icp_version = now_strata.icp_version
    and kept.attribute = now_strata.attribute
    and kept.segment = now_strata.segment
    and kept.tenure_half_years = now_strata.tenure_half_years
where kept.n_segment > 0 and kept.n_outside > 0 and now_strata.n_in > 0 and now_strata.n_out > 0
