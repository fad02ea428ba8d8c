-- One row per account of an ICP: how many of the criteria's traits are known of it, and which disqualifier it meets.
-- #by[account_id]
with
criterion_attributes as (
    select distinct icp_id, attribute
    from icp.criteria
),

account_attributes as (
    select distinct account_id, attribute
    from core.account_attributes
    where not coalesce(is_blank, false)
),

known as (
    select members.icp_id, members.account_id, count(*) as known_attributes
    from core.icp_members as members
    inner join criterion_attributes on members.icp_id = criterion_attributes.icp_id
    inner join account_attributes
        on members.account_id = account_attributes.account_id
        and criterion_attributes.attribute = account_attributes.attribute
    group by members.icp_id, members.account_id
),

disqualified as (
    select
        evidence.icp_id,
        evidence.account_id,
        min(evidence.attribute || ' ' || evidence.segment) as disqualified_by
    from icp.score_evidence as evidence
    inner join icp.criteria as criteria
        on evidence.icp_id = criteria.icp_id
        and evidence.attribute = criteria.attribute
        and evidence.segment = criteria.segment
    where criteria.kind = 'disqualifier'
    group by evidence.icp_id, evidence.account_id
)

select
    -- Account. #not_null
    members.account_id,
    -- ICP. #not_null #unique_with[account_id]
    members.icp_id,
    -- Traits among the criteria's that are known of the account. #not_null
    coalesce(known.known_attributes, 0) as known_attributes,
    -- The same as a share of the criteria's traits; NULL without criteria. #between[0,1]
    coalesce(known.known_attributes, 0) / nullif(cast(versions.criteria_attributes as double), 0) as known_share,
    -- The disqualifier that it meets; NULL for most.
    disqualified.disqualified_by
from core.icp_members as members
inner join icp.live_versions as versions on members.icp_id = versions.icp_id
left join known on members.icp_id = known.icp_id and members.account_id = known.account_id
left join disqualified on members.icp_id = disqualified.icp_id and members.account_id = disqualified.account_id
