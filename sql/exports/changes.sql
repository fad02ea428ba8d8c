-- One row per CRM record whose tier is not the one that CRM was last given: the whole difference, and nothing else.
with
wanted as (
    select 'salesforce' as target, salesforce_account_id as record_id, account_id, tier, score, icp_version
    from exports.salesforce_account_update
    union all
    select 'hubspot' as target, hubspot_company_id as record_id, account_id, tier, score, icp_version
    from exports.hubspot_company_update
),

given as (
    select
        tags.target,
        tags.record_id,
        tags.tier,
        tags.score,
        tags.icp_version,
        row_number() over (
            partition by tags.target, tags.record_id
            order by coalesce(runs.started_at, timestamp '1970-01-01 00:00:00') desc, tags.run_id desc
        ) as recency
    from history.crm_tags as tags
    left join history.runs as runs on tags.run_id = runs.run_id
),

transitions as (
    select account_id, cause
    from icp.tier_transitions
    where icp_id = 'primary'
)

select
    -- CRM that holds the record. #not_null #accepted[salesforce,hubspot]
    wanted.target,
    -- Id of the record in that CRM. #not_null #unique_with[target]
    wanted.record_id,
    -- The account. #not_null
    wanted.account_id,
    -- Registrable domain of the account.
    accounts.domain,
    -- Tier the CRM was last given; NULL when it was given none.
    given.tier as old_tier,
    -- Tier it should have now; unscored clears what can be cleared. #not_null
    -- #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    wanted.tier as new_tier,
    -- Score the CRM was given with the old tier.
    given.score as old_score,
    -- Score now. #between[0,100]
    wanted.score as new_score,
    -- ICP version that gave the new tier.
    wanted.icp_version,
    -- Why: first_tag, what moved the account in this run, a new ICP version, or sent_again after a failed write.
    -- #not_null
    case
        when given.record_id is null then 'first_tag'
        when transitions.cause is not null then transitions.cause
        when coalesce(given.icp_version, '') <> coalesce(wanted.icp_version, '') then 'icp_version'
        else 'sent_again'
    end as cause
from wanted
inner join core.accounts as accounts on wanted.account_id = accounts.account_id
left join given on wanted.target = given.target and wanted.record_id = given.record_id and given.recency = 1
left join transitions on wanted.account_id = transitions.account_id
-- A record that was given nothing and has no tier now is no news.
where coalesce(given.tier, 'unscored') <> wanted.tier
