-- One row per account, for people: who it is, which tier, what to do and why; and one more for each further ICP that is
-- about it. Text is as the source wrote it; the file escapes it. #by[account_id]
with
-- As the CRM files give it for the primary ICP; further ones may have no CRM fields.
tags as (
    select account_id, 'primary' as icp_id, tier, score, icp_version
    from exports.account_tags
    union all
    select
        tiers.account_id,
        tiers.icp_id,
        case
            when tiers.relationship = 'not_prospect' then 'unscored'
            when tiers.tier = 'not_icp' then 'not_icp'
            when tiers.tier in ('tier_1', 'tier_2', 'tier_3') and scores.fit_score >= 0 and scores.fit_score <= 100
                then tiers.tier
            else 'unscored'
        end as tier,
        case
            when tiers.tier <> 'unscored' and tiers.relationship <> 'not_prospect' and scores.fit_score >= 0 and scores.fit_score <= 100
                then cast(scores.fit_score as decimal(5, 2))
        end as score,
        tiers.icp_version
    from icp.account_tiers as tiers
    inner join icp.account_scores as scores
        on tiers.account_id = scores.account_id and tiers.icp_id = scores.icp_id
    where tiers.icp_id <> 'primary'
)

select
    -- The account. #not_null #unique_with[icp_id]
    accounts.account_id,
    -- Company name.
    accounts.name,
    -- Registrable domain.
    accounts.domain,
    -- Tier as the CRM files give it. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    tags.tier,
    -- Tier that somebody thinks right for now, beside the ICP's; NULL where nobody has overridden it.
    -- #accepted[tier_1,tier_2,tier_3,not_icp]
    overrides.override_tier,
    -- Why, as a code.
    overrides.reason_code as override_reason,
    -- Last day on which the override holds.
    overrides.until as override_until,
    -- Letter for fit, digit for engagement.
    tiers.grade,
    -- What to do with the account.
    tiers.action,
    -- Why it stands there, strongest first.
    tiers.reasons,
    -- Fit against the market, 0 to 100. #between[0,100]
    tags.score as fit_score,
    -- Points of recent triggers. #finite
    scores.trigger_score,
    -- Points of recent engagement. #finite
    scores.engagement_score,
    -- Order inside a tier: fit, triggers and engagement together. #finite
    scores.priority_score,
    -- How the score came about: scored, insufficient_data or disqualified.
    scores.status,
    -- Whether it is a customer.
    accounts.is_customer,
    -- What it is: customer, former_customer, not_prospect, open_deal or prospect.
    accounts.relationship,
    -- Industry.
    accounts.industry,
    -- Headcount.
    accounts.employees,
    -- Country.
    accounts.country,
    -- Day it came into its tier.
    tiers.tier_since,
    -- Id of its Salesforce record.
    accounts.salesforce_account_id,
    -- Record ID of its HubSpot company.
    accounts.hubspot_company_id,
    -- ICP version that gave the tier.
    tags.icp_version,
    -- ICP that the row is about: `primary` for every account, others for their members. #not_null
    tags.icp_id
from core.accounts as accounts
inner join tags on accounts.account_id = tags.account_id
left join icp.account_tiers as tiers on tags.account_id = tiers.account_id and tags.icp_id = tiers.icp_id
left join icp.account_scores as scores on tags.account_id = scores.account_id and tags.icp_id = scores.icp_id
left join icp.overrides as overrides
    on tags.account_id = overrides.account_id and tags.icp_id = overrides.icp_id and overrides.is_active
