-- One row per account of an ICP: how many of the criteria's traits are known about it, and which disqualifier it meets.
-- #by[account_id]
with
criterion_attributes as (
    select distinct icp_id, attribute
    from icp.criteria
),

-- A blank counts as unknown, unless a criterion is on the blank itself.
known_attributes as (
    select members.icp_id, members.account_id, attributes.attribute
    from core.icp_members as members
    inner join criterion_attributes on members.icp_id = criterion_attributes.icp_id
    inner join core.account_attributes as attributes
        on members.account_id = attributes.account_id
        and criterion_attributes.attribute = attributes.attribute
    where not coalesce(attributes.is_blank, false)
    union distinct
    select evidence.icp_id, evidence.account_id, evidence.attribute
    from icp.score_evidence as evidence
    inner join icp.criteria as criteria
        on evidence.icp_id = criteria.icp_id
        and evidence.attribute = criteria.attribute
        and evidence.segment = criteria.segment
),

known as (
    select icp_id, account_id, count(*) as known_attributes
    from known_attributes
    group by icp_id, account_id
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
    -- #not_null
    members.account_id,
    -- #not_null #unique_with[account_id]
    members.icp_id,
    -- How many of the criteria's traits are known for the account. #not_null
    coalesce(known.known_attributes, 0) as known_attributes,
    -- The same as a share of all the criteria's traits; NULL without criteria. #between[0,1]
    coalesce(known.known_attributes, 0) / nullif(cast(versions.criteria_attributes as double), 0) as known_share,
    -- Disqualifier that it meets; NULL if none.
    disqualified.disqualified_by
from core.icp_members as members
inner join icp.live_versions as versions on members.icp_id = versions.icp_id
left join known on members.icp_id = known.icp_id and members.account_id = known.account_id
left join disqualified on members.icp_id = disqualified.icp_id and members.account_id = disqualified.account_id
