-- One row per criterion of a live ICP and segment that may be its twin: as significant, on the same side, and of an
-- attribute without a criterion. icp.twin_counts shows whether the same customers meet both.
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
)

select
    -- #not_null
    criteria.icp_id,
    -- Live ICP version. #not_null
    criteria.icp_version,
    -- The criterion's attribute. #not_null
    criteria.attribute,
    -- The criterion's segment. #not_null
    criteria.segment,
    -- Outcome that the version was learned from. #not_null #accepted[quality,win]
    criteria.outcome,
    -- Attribute of the other segment. #not_null
    twins.attribute as twin_attribute,
    -- That segment. #not_null #unique_with[icp_id,attribute,segment,twin_attribute]
    twins.segment as twin_segment
from criteria
inner join segments.icp_segment_lift as twins
    on criteria.icp_id = twins.icp_id and criteria.verdict = twins.verdict and criteria.outcome = twins.outcome
left join criterion_attributes as taken
    on twins.icp_id = taken.icp_id and twins.attribute = taken.attribute
where taken.attribute is null
