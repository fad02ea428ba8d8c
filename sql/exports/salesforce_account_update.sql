-- One row per Salesforce account: what an update by Id writes, in our own terms; the file uses the CRM's. Accounts
-- without an Id are left out.
with
candidates as (
    select
        account_tags.*,
        row_number() over (partition by salesforce_account_id order by account_id) as duplicate_number
    from exports.account_tags
    -- A shorter id is not safe to compare or send: Excel and lookups ignore its case.
    where length(salesforce_account_id) = 18
)

select
    -- #not_null #unique
    candidates.account_id,
    -- Id of the Salesforce record, 18 characters. #not_null #unique
    candidates.salesforce_account_id,
    -- Tier to write; unscored clears the field. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    candidates.tier,
    -- The same in words; the file has those of `exports.salesforce.labels`. #accepted[Tier 1,Tier 2,Tier 3,Not ICP]
    case candidates.tier
        when 'tier_1' then 'Tier 1'
        when 'tier_2' then 'Tier 2'
        when 'tier_3' then 'Tier 3'
        when 'not_icp' then 'Not ICP'
    end as tier_label,
    -- Fit score, 0 to 100; NULL clears the field. #between[0,100]
    candidates.score,
    -- ICP version that gave the tier; NULL clears the field.
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
