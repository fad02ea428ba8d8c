-- One row per criterion of a live ICP and clear segment of a trait that no criterion is about: how many of the ICP's
-- customers meet both or one of them, and how those who meet only one turned out. By customers of whom both are known.
with
criteria as (
    select
        criteria.icp_id,
        criteria.icp_version,
        criteria.attribute,
        criteria.segment,
        case when criteria.kind in ('must_have', 'positive') then 'icp' else 'negative' end as verdict
    from icp.criteria as criteria
    inner join icp.live_versions as versions
        on criteria.icp_id = versions.icp_id and criteria.icp_version = versions.icp_version
),

criterion_attributes as (
    select distinct icp_id, attribute
    from criteria
),

pairs as (
    select
        criteria.*,
        twins.attribute as twin_attribute,
        twins.segment as twin_segment
    from criteria
    inner join segments.icp_segment_lift as twins
        on criteria.icp_id = twins.icp_id and criteria.verdict = twins.verdict and twins.outcome = 'quality'
    left join criterion_attributes as taken
        on twins.icp_id = taken.icp_id and twins.attribute = taken.attribute
    where taken.attribute is null
),

asked as (
    select icp_id, attribute, segment from pairs
    union
    select icp_id, twin_attribute, twin_segment from pairs
),

-- Whether each customer meets each of them, where the attribute is known.
met as (
    select
        asked.icp_id,
        asked.attribute,
        asked.segment,
        customers.observation_id,
        cast(customers.y as decimal(18, 9)) as y,
        max(case when definitions.level is null then 0 else 1 end) as is_met
    from asked
    inner join segments.observed_levels as observed
        on asked.attribute = observed.attribute and observed.outcome = 'quality'
    inner join segments.icp_observations as customers
        on asked.icp_id = customers.icp_id
        and customers.outcome = 'quality'
        and observed.observation_id = customers.observation_id
    left join segments.segment_definitions as definitions
        on asked.icp_id = definitions.icp_id
        and asked.attribute = definitions.attribute
        and asked.segment = definitions.segment
        and observed.level = definitions.level
    group by asked.icp_id, asked.attribute, asked.segment, customers.observation_id, customers.y
)

select
    -- ICP. #not_null
    pairs.icp_id,
    -- Version that is live. #not_null
    pairs.icp_version,
    -- The criterion's attribute. #not_null
    pairs.attribute,
    -- The criterion's segment. #not_null
    pairs.segment,
    -- Attribute of the other trait. #not_null
    pairs.twin_attribute,
    -- That trait. #not_null #unique_with[icp_id,attribute,segment,twin_attribute]
    pairs.twin_segment,
    -- Ranked customers of whom both are known. #not_null
    cast(count(*) as bigint) as n,
    -- Who meet the criterion. #not_null
    cast(sum(own.is_met) as bigint) as n_own,
    -- Who meet the other trait. #not_null
    cast(sum(twin.is_met) as bigint) as n_twin,
    -- Who meet both. #not_null
    cast(sum(own.is_met * twin.is_met) as bigint) as n_both,
    -- Who meet the criterion alone. #not_null
    cast(sum(own.is_met * (1 - twin.is_met)) as bigint) as n_own_only,
    -- Who meet the other alone. #not_null
    cast(sum(twin.is_met * (1 - own.is_met)) as bigint) as n_twin_only,
    -- Sum of y of those who meet the criterion alone. #not_null #finite
    cast(sum(own.y * own.is_met * (1 - twin.is_met)) as double) as own_only_y,
    -- Sum of y of those who meet the other alone. #not_null #finite
    cast(sum(own.y * twin.is_met * (1 - own.is_met)) as double) as twin_only_y,
    -- Sum of y. #not_null #finite
    cast(sum(own.y) as double) as sum_y,
    -- Sum of squares of y. #not_null #finite
    cast(sum(cast(round(own.y * own.y, 6) as decimal(28, 6))) as double) as sum_y_squared
from pairs
inner join met as own
    on pairs.icp_id = own.icp_id and pairs.attribute = own.attribute and pairs.segment = own.segment
inner join met as twin
    on pairs.icp_id = twin.icp_id
    and pairs.twin_attribute = twin.attribute
    and pairs.twin_segment = twin.segment
    and own.observation_id = twin.observation_id
group by
    pairs.icp_id, pairs.icp_version, pairs.attribute, pairs.segment, pairs.twin_attribute, pairs.twin_segment
