-- One row per live ICP with criteria and tested segment that is not one of them, with its relation to the criteria:
-- next to one, another value of the same trait, or another trait. On the outcome that the ICP was learned from.
with
tests as (
    select
        lift.*
    from segments.icp_segment_lift as lift
    inner join icp.live_versions as versions on lift.icp_id = versions.icp_id and lift.outcome = versions.outcome
    where lift.z is not null
),

criteria as (
    select
        criteria.icp_id,
        criteria.attribute,
        criteria.segment,
        case when criteria.kind in ('must_have', 'positive') then tests.effect end as effect
    from icp.criteria as criteria
    left join tests
        on criteria.icp_id = tests.icp_id
        and criteria.attribute = tests.attribute
        and criteria.segment = tests.segment
),

criterion_levels as (
    select criteria.icp_id, criteria.attribute, criteria.segment, criteria.effect, definitions.level, bins.bin_order
    from criteria
    inner join segments.segment_definitions as definitions
        on criteria.icp_id = definitions.icp_id
        and criteria.attribute = definitions.attribute
        and criteria.segment = definitions.segment
    left join settings.attribute_bins as bins
        on definitions.attribute = bins.attribute and definitions.level = bins.level
),

overlapping as (
    select distinct criterion_levels.icp_id, definitions.attribute, definitions.segment
    from segments.segment_definitions as definitions
    inner join criterion_levels
        on definitions.icp_id = criterion_levels.icp_id
        and definitions.attribute = criterion_levels.attribute
        and definitions.level = criterion_levels.level
),

neighbours as (
    select
        criterion_levels.icp_id,
        definitions.attribute,
        definitions.segment,
        min(criterion_levels.segment) as criterion,
        min(criterion_levels.effect) as criterion_effect
    from segments.segment_definitions as definitions
    inner join settings.attribute_bins as bins
        on definitions.attribute = bins.attribute and definitions.level = bins.level
    inner join criterion_levels
        on definitions.icp_id = criterion_levels.icp_id
        and definitions.attribute = criterion_levels.attribute
        and abs(bins.bin_order - criterion_levels.bin_order) = 1
    where criterion_levels.effect is not null
    group by criterion_levels.icp_id, definitions.attribute, definitions.segment
),

same_traits as (
    select icp_id, attribute, min(segment) as criterion, min(effect) as criterion_effect
    from criteria
    where effect is not null
    group by icp_id, attribute
)

select
    -- #not_null
    versions.icp_id,
    -- Live ICP version. #not_null
    versions.icp_version,
    -- #not_null
    tests.attribute,
    -- #not_null #unique_with[icp_id,attribute]
    tests.segment,
    -- Relation to the criteria: next to one, another value of its trait, or another trait. #not_null
    -- #accepted[neighbour,same_trait,other_trait]
    case
        when neighbours.criterion is not null then 'neighbour'
        when same_traits.criterion is not null then 'same_trait'
        else 'other_trait'
    end as relation,
    -- The criterion it is next to; NULL for another trait.
    coalesce(neighbours.criterion, same_traits.criterion) as criterion,
    -- Effect of that criterion, in log-odds. #finite
    coalesce(neighbours.criterion_effect, same_traits.criterion_effect) as criterion_effect,
    -- Outcome that it was tested on. #not_null #accepted[quality,win]
    versions.outcome,
    -- Ranked customers (closed deals, with the basis wins) in the segment. #not_null
    tests.n_segment,
    -- Share among the best customers over share among the worst. #finite
    tests.lift,
    -- Its effect on how customers turn out, in log-odds. #not_null #finite
    tests.effect,
    -- Effect divided by its standard error. #not_null #finite
    tests.z,
    -- Expected share of false discoveries among all segments of the ICP with a q-value as low as this. #not_null
    -- #between[0,1]
    tests.q_value,
    -- Whether it counts as a hypothesis; complements of other segments do not. #not_null
    tests.is_counted
from icp.live_versions as versions
inner join tests on versions.icp_id = tests.icp_id
left join overlapping
    on tests.icp_id = overlapping.icp_id
    and tests.attribute = overlapping.attribute
    and tests.segment = overlapping.segment
left join neighbours
    on tests.icp_id = neighbours.icp_id
    and tests.attribute = neighbours.attribute
    and tests.segment = neighbours.segment
left join same_traits on tests.icp_id = same_traits.icp_id and tests.attribute = same_traits.attribute
inner join (select distinct icp_id from criteria) as with_criteria on versions.icp_id = with_criteria.icp_id
where overlapping.segment is null
