-- One row per account, for people: company, tier, what to do and why; plus one row for each further ICP that it belongs
-- to. Text is as the source wrote it; the file escapes it. #by[account_id]
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
    -- #not_null #unique_with[icp_id]
    accounts.account_id,
    -- Company name.
    accounts.name,
    -- Registrable domain.
    accounts.domain,
    -- Tier as the CRM files give it. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    tags.tier,
    -- Tier that a person gave it for now, shown beside the ICP's; NULL if not overridden.
    -- #accepted[tier_1,tier_2,tier_3,not_icp]
    overrides.override_tier,
    -- Reason code.
    overrides.reason_code as override_reason,
    -- Last day on which the override holds.
    overrides.until as override_until,
    -- Fit as a letter, engagement as a digit.
    tiers.grade,
    -- What to do with the account.
    tiers.action,
    -- Why it has its tier, strongest evidence first.
    tiers.reasons,
    -- Fit against the market, 0 to 100. #between[0,100]
    tags.score as fit_score,
    -- What recent triggers add, in log-odds. #finite
    scores.trigger_score,
    -- What recent engagement adds, in log-odds. #finite
    scores.engagement_score,
    -- Order inside a tier: fit, triggers and engagement together. #finite
    scores.priority_score,
    -- scored; disqualified; or insufficient_data: too few of the criteria's traits are known.
    scores.status,
    -- Whether it is a customer.
    accounts.is_customer,
    -- Relationship to us: customer, former_customer, not_prospect, open_deal or prospect.
    accounts.relationship,
    -- Industry.
    accounts.industry,
    -- Headcount.
    accounts.employees,
    -- Country.
    accounts.country,
    -- Day it entered its tier.
    tiers.tier_since,
    -- Id of its Salesforce record.
    accounts.salesforce_account_id,
    -- Record ID of its HubSpot company.
    accounts.hubspot_company_id,
    -- ICP version that gave the tier.
    tags.icp_version,
    -- ICP: `primary` for every account, others for their members. #not_null
    tags.icp_id
from core.accounts as accounts
inner join tags on accounts.account_id = tags.account_id
left join icp.account_tiers as tiers on tags.account_id = tiers.account_id and tags.icp_id = tiers.icp_id
left join icp.account_scores as scores on tags.account_id = scores.account_id and tags.icp_id = scores.icp_id
left join icp.overrides as overrides
    on tags.account_id = overrides.account_id and tags.icp_id = overrides.icp_id and overrides.is_active
