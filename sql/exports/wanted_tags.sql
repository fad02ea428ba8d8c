-- One row per CRM record and ICP: the tags that the CRM should have by this run.
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
    -- The account. #not_null
    account_id,
    -- Its tier; unscored clears what can be cleared. #not_null
    tier,
    -- Its score. #between[0,100]
    score,
    -- ICP version that gave the tier.
    icp_version,
    -- What to do; NULL for further ICPs.
    action,
    -- Tier that somebody thinks right for now; NULL for none, and for further ICPs.
    override_tier
from tags
