-- One row per account: the tags that a CRM should carry for it after this run, for the primary ICP. Both update files
-- and the list of changes read this, so they cannot disagree. #by[account_id]
with
tiers as (
    select account_id, case when relationship = 'not_prospect' then 'unscored' else tier end as tier, icp_version, action
    from icp.account_tiers
    where icp_id = 'primary'
),

-- NaN sorts above every number, so only a range test keeps it (and infinity) out of the CRM.
scores as (
    select
        account_id,
        case when fit_score >= 0 and fit_score <= 100 then cast(fit_score as decimal(5, 2)) end as score
    from icp.account_scores
    where icp_id = 'primary'
),

tags as (
    select
        accounts.account_id,
        accounts.salesforce_account_id,
        accounts.hubspot_company_id,
        case
            when tiers.tier = 'not_icp' then 'not_icp'
            when tiers.tier in ('tier_1', 'tier_2', 'tier_3') and scores.score is not null then tiers.tier
            else 'unscored'
        end as tier,
        scores.score,
        tiers.icp_version,
        tiers.action,
        overrides.override_tier,
        reasons.reason_text
    from core.accounts as accounts
    left join tiers on accounts.account_id = tiers.account_id
    left join scores on accounts.account_id = scores.account_id
    left join icp.overrides as overrides
        on accounts.account_id = overrides.account_id and overrides.icp_id = 'primary' and overrides.is_active
    left join exports.reason_texts as reasons on accounts.account_id = reasons.account_id and reasons.icp_id = 'primary'
)

select
    -- #not_null #unique #references[core.accounts.account_id] #same_count_as[core.accounts]
    tags.account_id,
    -- Id of its Salesforce record, 18 characters; NULL when Salesforce does not have it.
    tags.salesforce_account_id,
    -- Record ID of its HubSpot company; NULL when HubSpot does not have it.
    tags.hubspot_company_id,
    -- Tier to write; unscored also if the score is not a number, and for accounts that are not prospects. #not_null
    -- #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    tags.tier,
    -- Fit score to write, 0 to 100 with two decimals; NULL when unscored. #between[0,100]
    case when tags.tier <> 'unscored' then tags.score end as score,
    -- ICP version that gave the tier; NULL when no ICP is live.
    tags.icp_version,
    -- What to do, as in icp.account_tiers.
    tags.action,
    -- Tier that a person gave it for now; NULL if not overridden. #accepted[tier_1,tier_2,tier_3,not_icp]
    tags.override_tier,
    -- Why it has its tier, for a text field of the CRM.
    tags.reason_text
from tags
