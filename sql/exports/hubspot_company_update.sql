-- One row per HubSpot company: what an import by Record ID writes, in our own terms; the file uses the CRM's.
with
candidates as (
    select
        account_tags.*,
        row_number() over (partition by hubspot_company_id order by account_id) as duplicate_number
    from exports.account_tags
    -- Only plain numbers are Record IDs; anything else would stop the import.
    where cast(try_cast(hubspot_company_id as bigint) as varchar) = hubspot_company_id
)

select
    -- #not_null #unique
    candidates.account_id,
    -- Record ID of the HubSpot company. #not_null #unique
    candidates.hubspot_company_id,
    -- Tier behind the tier property and the status. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    candidates.tier,
    -- The same for HubSpot's own ICP tier property, which takes tiers 1 to 3 only; NULL leaves it unchanged.
    -- #accepted[tier_1,tier_2,tier_3]
    case when candidates.tier in ('tier_1', 'tier_2', 'tier_3') then candidates.tier end as hubspot_tier,
    -- Whether the company is inside the ICP. #not_null #accepted[in_icp,not_icp,unscored]
    case when candidates.tier in ('not_icp', 'unscored') then candidates.tier else 'in_icp' end as icp_status,
    -- Fit score, 0 to 100; NULL leaves the property as it is. #between[0,100]
    candidates.score,
    -- ICP version that gave the tier; NULL leaves the property as it is.
    candidates.icp_version,
    -- What to do, as in icp.account_tiers.
    candidates.action,
    -- Tier that a person gave it for now; NULL if not overridden. #accepted[tier_1,tier_2,tier_3,not_icp]
    candidates.override_tier,
    -- Why it has its tier, for a text field of the CRM.
    candidates.reason_text,
    -- Day the score is for. #not_null
    run.as_of
from candidates
cross join settings.run as run
where candidates.duplicate_number = 1
