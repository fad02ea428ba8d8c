-- One row per CRM record and ICP: the tags that the CRM should have after this run.
with
tags as (
    select
        'salesforce' as target, salesforce_account_id as record_id, 'primary' as icp_id, account_id, tier, score, icp_version,
        action, override_tier
    from exports.salesforce_account_update
    union all
    select
        'hubspot' as target, hubspot_company_id as record_id, 'primary' as icp_id, account_id, tier, score, icp_version,
        action, override_tier
    from exports.hubspot_company_update
    union all
    select
        target, record_id, icp_id, account_id, tier, score, icp_version, cast(null as varchar) as action,
        cast(null as varchar) as override_tier
    from exports.icp_tags
)

select
    -- CRM that holds the record. #not_null #accepted[salesforce,hubspot]
    target,
    -- Id of the record in that CRM. #not_null #unique_with[target,icp_id]
    record_id,
    -- ICP whose tags these are. #not_null
    icp_id,
    -- #not_null
    account_id,
    -- Tier; unscored clears the field where the CRM allows it. #not_null
    tier,
    -- Fit score, 0 to 100. #between[0,100]
    score,
    -- ICP version that gave the tier.
    icp_version,
    -- What to do; NULL for further ICPs.
    action,
    -- Tier that a person gave it for now; NULL if not overridden, and for further ICPs.
    override_tier
from tags
