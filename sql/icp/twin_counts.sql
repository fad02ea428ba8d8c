-- One row per criterion of a live ICP and significant segment of an attribute without a criterion: how many of the
-- ICP's customers meet both or only one, and how those who meet only one turned out. Only customers for whom both are
-- known; those of one parent that meet the same of the two count once, at their mean. Traits are numbered first,
-- because the customer rows would be large with names.
with
criteria as (
    select
        criteria.icp_id,
        criteria.icp_version,
        criteria.attribute,
        criteria.segment,
        versions.outcome,
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
        on criteria.icp_id = twins.icp_id and criteria.verdict = twins.verdict and criteria.outcome = twins.outcome
    left join criterion_attributes as taken
        on twins.icp_id = taken.icp_id and twins.attribute = taken.attribute
    where taken.attribute is null
),

asked_traits as (
    select icp_id, outcome, attribute, segment from pairs
    union
    select icp_id, outcome, twin_attribute, twin_segment from pairs
),

-- Numbered, so that later CTEs hold numbers and not names: they have a row per customer and trait.
asked as (
    select asked_traits.*, row_number() over (order by icp_id, attribute, segment) as trait_number
    from asked_traits
),

numbered_pairs as (
    select
        pairs.*,
        own.trait_number as own_number,
        twin.trait_number as twin_number
    from pairs
    inner join asked as own
        on pairs.icp_id = own.icp_id and pairs.attribute = own.attribute and pairs.segment = own.segment
    inner join asked as twin
        on pairs.icp_id = twin.icp_id
        and pairs.twin_attribute = twin.attribute
        and pairs.twin_segment = twin.segment
),

-- Whether each customer meets each of them, if the attribute is known.
customers as (
    select
        icp_id,
        outcome,
        observation_id,
        y,
        case when count(*) over (partition by icp_id, outcome, cluster_id) > 1 then cluster_id end as shared_id
    from segments.icp_observations
),

met as (
    select
        asked.trait_number,
        customers.observation_id,
        customers.shared_id,
        cast(customers.y as decimal(18, 9)) as y,
        max(case when definitions.level is null then 0 else 1 end) as is_met
    from asked
    inner join segments.observed_levels as observed
        on asked.attribute = observed.attribute and asked.outcome = observed.outcome
    inner join customers
        on asked.icp_id = customers.icp_id
        and asked.outcome = customers.outcome
        and observed.observation_id = customers.observation_id
    left join segments.segment_definitions as definitions
        on asked.icp_id = definitions.icp_id
        and asked.attribute = definitions.attribute
        and asked.segment = definitions.segment
        and observed.level = definitions.level
    group by asked.trait_number, customers.observation_id, customers.shared_id, customers.y
),

buyers as (
    select
        pairs.own_number,
        pairs.twin_number,
        own.is_met as is_own,
        twin.is_met as is_twin,
        case when own.shared_id is null then count(*) else 1 end as n,
        case
            when own.shared_id is null then cast(sum(own.y) as decimal(28, 9))
            else cast(cast(sum(own.y) as double) / nullif(count(*), 0) as decimal(28, 9))
        end as sum_y,
        case
            when own.shared_id is null then cast(sum(cast(round(own.y * own.y, 6) as decimal(28, 6))) as decimal(28, 6))
            else cast(
                round(
                    cast(cast(sum(own.y) as double) / nullif(count(*), 0) as decimal(18, 9))
                    * cast(cast(sum(own.y) as double) / nullif(count(*), 0) as decimal(18, 9)),
                    6
                ) as decimal(28, 6)
            )
        end as sum_y_squared
    from numbered_pairs as pairs
    inner join met as own on pairs.own_number = own.trait_number
    inner join met as twin on pairs.twin_number = twin.trait_number and own.observation_id = twin.observation_id
    group by pairs.own_number, pairs.twin_number, own.is_met, twin.is_met, own.shared_id
),

counted as (
    select
        own_number,
        twin_number,
        sum(n) as n,
        sum(n * is_own) as n_own,
        sum(n * is_twin) as n_twin,
        sum(n * is_own * is_twin) as n_both,
        sum(n * is_own * (1 - is_twin)) as n_own_only,
        sum(n * is_twin * (1 - is_own)) as n_twin_only,
        sum(sum_y * (is_own * (1 - is_twin))) as own_only_y,
        sum(sum_y * (is_twin * (1 - is_own))) as twin_only_y,
        sum(sum_y) as sum_y,
        sum(sum_y_squared) as sum_y_squared
    from buyers
    group by own_number, twin_number
)

select
    -- #not_null
    pairs.icp_id,
    -- Live ICP version. #not_null
    pairs.icp_version,
    -- The criterion's attribute. #not_null
    pairs.attribute,
    -- The criterion's segment. #not_null
    pairs.segment,
    -- Attribute of the other trait. #not_null
    pairs.twin_attribute,
    -- That trait. #not_null #unique_with[icp_id,attribute,segment,twin_attribute]
    pairs.twin_segment,
    -- Ranked customers (closed deals) of whom both are known. #not_null
    cast(counted.n as bigint) as n,
    -- Those who meet the criterion. #not_null
    cast(counted.n_own as bigint) as n_own,
    -- Those who meet the other trait. #not_null
    cast(counted.n_twin as bigint) as n_twin,
    -- Those who meet both. #not_null
    cast(counted.n_both as bigint) as n_both,
    -- Those who meet only the criterion. #not_null
    cast(counted.n_own_only as bigint) as n_own_only,
    -- Those who meet only the other trait. #not_null
    cast(counted.n_twin_only as bigint) as n_twin_only,
    -- Sum of y of those who meet the criterion alone. #not_null #finite
    cast(counted.own_only_y as double) as own_only_y,
    -- Sum of y of those who meet the other alone. #not_null #finite
    cast(counted.twin_only_y as double) as twin_only_y,
    -- Sum of y. #not_null #finite
    cast(counted.sum_y as double) as sum_y,
    -- Sum of squares of y. #not_null #finite
    cast(counted.sum_y_squared as double) as sum_y_squared
from numbered_pairs as pairs
inner join counted on pairs.own_number = counted.own_number and pairs.twin_number = counted.twin_number
