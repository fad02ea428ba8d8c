-- One row per ICP, trait and value that the live version has points for, plus one without a segment for any other
-- value, which adds nothing: what an account would gain if it turned out to have that value.
with
criteria as (
    select icp_id, attribute, segment,
        kind in ('negative', 'disqualifier') as is_negative,
        kind = 'disqualifier' as disqualifies
    from icp.criteria
),

criterion_attributes as (
    select distinct icp_id, attribute from criteria
),

learned as (
    select
        evidence.icp_id,
        evidence.attribute,
        evidence.segment,
        max(cast(evidence.points as decimal(18, 9))) as points
    from history.icp_evidence as evidence
    inner join icp.live_versions as versions
        on evidence.icp_id = versions.icp_id and evidence.icp_version = versions.icp_version
    group by evidence.icp_id, evidence.attribute, evidence.segment
),

possible as (
    select icp_id, attribute, segment, points from learned
    union all
    select distinct icp_id, attribute, cast(null as varchar) as segment, cast(0 as decimal(18, 9)) as points
    from learned
),

described as (
    select
        possible.icp_id,
        possible.attribute,
        possible.segment,
        possible.points,
        criterion_attributes.attribute is not null as is_criterion,
        coalesce(criteria.disqualifies, false) as disqualifies,
        coalesce(attributes.dimension = 'organizational', false) as is_process,
        coalesce(attributes.dimension = 'organizational' and criteria.is_negative, false) as objects
    from possible
    left join criterion_attributes
        on possible.icp_id = criterion_attributes.icp_id and possible.attribute = criterion_attributes.attribute
    left join criteria
        on possible.icp_id = criteria.icp_id
        and possible.attribute = criteria.attribute
        and possible.segment = criteria.segment
    left join settings.attributes as attributes on possible.attribute = attributes.attribute
)

select
    -- #not_null
    described.icp_id,
    -- #not_null
    described.attribute,
    -- The value, or the criterion that covers it; NULL for any value that nothing was learned about.
    -- #unique_with[icp_id,attribute]
    described.segment,
    -- Log-odds it adds. #not_null
    described.points,
    -- Whether the trait is one of the criteria's. #not_null
    described.is_criterion,
    -- The same as a number: 1 if knowing the trait counts towards being scored. #not_null
    case when described.is_criterion then 1 else 0 end as counts_as_known,
    -- Whether the value is a disqualifier. #not_null
    described.disqualifies,
    -- Part of the points that comes from the buying process. #not_null
    case when described.is_process then described.points else 0 end as process_points,
    -- Whether the value is a negative criterion of the buying process. #not_null
    described.objects,
    -- 1 for the best value: no disqualifier, no objection, most points. #not_null
    cast(row_number() over (
        partition by icp_id, attribute order by disqualifies asc, objects asc, points desc, segment asc nulls first
    ) as bigint) as best_place,
    -- 1 for the worst value. #not_null
    cast(row_number() over (
        partition by icp_id, attribute order by disqualifies desc, objects desc, points asc, segment asc nulls first
    ) as bigint) as worst_place
from described
