-- One row per criterion of a live ICP and segment that may be its twin: how many of the ICP's customers meet both or
-- only one, and how those who meet only one turned out. Only customers for whom both are known; those of one parent that
-- meet the same of the two count once, at their mean.
with
asked_traits as (
    select icp_id, outcome, attribute, segment from icp.twin_candidates
    union
    select icp_id, outcome, twin_attribute, twin_segment from icp.twin_candidates
),

-- Numbered, because CTEs with a row per customer and trait would be large with names.
asked as (
    select asked_traits.*, row_number() over (order by icp_id, attribute, segment) as trait_number
    from asked_traits
),

pairs as (
    select candidates.*, own.trait_number as own_number, twin.trait_number as twin_number
    from icp.twin_candidates as candidates
    inner join asked as own
        on candidates.icp_id = own.icp_id and candidates.attribute = own.attribute and candidates.segment = own.segment
    inner join asked as twin
        on candidates.icp_id = twin.icp_id
        and candidates.twin_attribute = twin.attribute
        and candidates.twin_segment = twin.segment
),

-- Whether each customer whose attribute is known meets the trait.
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
    inner join segments.icp_observations as customers
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

-- Customers of one parent are one, with their mean; those that stand alone are summed, which takes less memory.
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
    from pairs
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
    cast(counted.n_own - counted.n_both as bigint) as n_own_only,
    -- Those who meet only the other trait. #not_null
    cast(counted.n_twin - counted.n_both as bigint) as n_twin_only,
    -- Sum of y of those who meet the criterion alone. #not_null #finite
    cast(counted.own_only_y as double) as own_only_y,
    -- Sum of y of those who meet the other alone. #not_null #finite
    cast(counted.twin_only_y as double) as twin_only_y,
    -- Sum of y. #not_null #finite
    cast(counted.sum_y as double) as sum_y,
    -- Sum of squares of y. #not_null #finite
    cast(counted.sum_y_squared as double) as sum_y_squared
from pairs
inner join counted on pairs.own_number = counted.own_number and pairs.twin_number = counted.twin_number
