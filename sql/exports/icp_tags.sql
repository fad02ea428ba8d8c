-- One row per CRM record and further ICP with CRM fields of its own (icps.<name>.exports): the tags it should carry. An
-- account outside the ICP is unscored, so that an earlier tag is cleared.
with
records as (
    select 'salesforce' as target, salesforce_account_id as record_id, account_id
    from exports.salesforce_account_update
    union all
    select 'hubspot' as target, hubspot_company_id as record_id, account_id
    from exports.hubspot_company_update
),

-- NaN sorts above every number, so only a range test keeps it (and infinity) out of the CRM.
scores as (
    select
        account_id,
        icp_id,
        case when fit_score >= 0 and fit_score <= 100 then cast(fit_score as decimal(5, 2)) end as score
    from icp.account_scores
),

tags as (
    select
        records.target,
        records.record_id,
        targets.icp_id,
        records.account_id,
        case
            when tiers.relationship = 'not_prospect' then 'unscored'
            when tiers.tier = 'not_icp' then 'not_icp'
            when tiers.tier in ('tier_1', 'tier_2', 'tier_3') and scores.score is not null then tiers.tier
            else 'unscored'
        end as tier,
        scores.score,
        tiers.icp_version
    from records
    inner join settings.icp_targets as targets on records.target = targets.target
    left join icp.account_tiers as tiers
        on records.account_id = tiers.account_id and targets.icp_id = tiers.icp_id
    left join scores on records.account_id = scores.account_id and targets.icp_id = scores.icp_id
)

select
    -- CRM that holds the record. #not_null #accepted[salesforce,hubspot]
    tags.target,
    -- Id of the record in that CRM. #not_null #unique_with[target,icp_id]
    tags.record_id,
    -- ICP of the settings, never `primary`. #not_null
    tags.icp_id,
    -- #not_null
    tags.account_id,
    -- Tier to write; unscored also if the account is not in the ICP's filter, or not a prospect. #not_null
    -- #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    tags.tier,
    -- Fit score to write, 0 to 100 with two decimals; NULL when unscored. #between[0,100]
    case when tags.tier <> 'unscored' then tags.score end as score,
    -- ICP version that gave the tier; NULL where none did.
    tags.icp_version
from tags
