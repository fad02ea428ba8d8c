-- One row per account, for people: who it is, which tier, what to do and why. Text is as the source wrote it; the file
-- escapes it.
with
tiers as (
    select account_id, grade, action, reasons, tier_since
    from icp.account_tiers
    where icp_id = 'primary'
),

scores as (
    select account_id, status, trigger_score, engagement_score, priority_score
    from icp.account_scores
    where icp_id = 'primary'
)

select
    -- The account. #not_null #unique #same_count_as[core.accounts]
    accounts.account_id,
    -- Company name.
    accounts.name,
    -- Registrable domain.
    accounts.domain,
    -- Tier as the CRM files give it. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    tags.tier,
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
    tags.icp_version
from core.accounts as accounts
inner join exports.account_tags as tags on accounts.account_id = tags.account_id
left join tiers on accounts.account_id = tiers.account_id
left join scores on accounts.account_id = scores.account_id
