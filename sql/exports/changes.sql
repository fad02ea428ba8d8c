-- One row per CRM record and ICP whose tags (tier, score, ICP version) are not those that CRM was last given: the whole
-- difference, and nothing else.
with
wanted as (
    select
        'salesforce' as target, salesforce_account_id as record_id, 'primary' as icp_id, account_id, tier, score, icp_version
    from exports.salesforce_account_update
    union all
    select
        'hubspot' as target, hubspot_company_id as record_id, 'primary' as icp_id, account_id, tier, score, icp_version
    from exports.hubspot_company_update
    union all
    select target, record_id, icp_id, account_id, tier, score, icp_version
    from exports.icp_tags
),

given as (
    select
        tags.target,
        tags.record_id,
        -- Tags from before there could be several ICPs are those of the primary one.
        coalesce(tags.icp_id, 'primary') as icp_id,
        tags.tier,
        tags.score,
        tags.icp_version,
        row_number() over (
            partition by tags.target, tags.record_id, coalesce(tags.icp_id, 'primary')
            order by coalesce(runs.sequence, 0) desc, tags.run_id desc
        ) as recency
    from history.crm_tags as tags
    left join history.runs as runs on tags.run_id = runs.run_id
),

transitions as (
    select account_id, icp_id, cause
    from icp.tier_transitions
)

select
    -- CRM that holds the record. #not_null #accepted[salesforce,hubspot]
    wanted.target,
    -- Id of the record in that CRM. #not_null #unique_with[target,icp_id]
    wanted.record_id,
    -- The account. #not_null
    wanted.account_id,
    -- Registrable domain of the account.
    accounts.domain,
    -- Tier the CRM was last given; NULL when it was given none, or when it is unknown whether it took it.
    given.tier as old_tier,
    -- Tier it should have now; unscored clears what can be cleared. #not_null
    -- #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    wanted.tier as new_tier,
    -- Score the CRM was last given.
    given.score as old_score,
    -- Score now. #between[0,100]
    wanted.score as new_score,
    -- ICP version that gave the new tier.
    wanted.icp_version,
    -- Why: first_tag, sent_again after a failed write, not_prospect, what moved the account in this run, a new ICP version,
    -- or score when only that moved. #not_null
    case
        when given.record_id is null then 'first_tag'
        when given.tier is null then 'sent_again'
        when accounts.relationship = 'not_prospect' and given.tier <> 'unscored' then 'not_prospect'
        when transitions.cause is not null then transitions.cause
        when coalesce(given.icp_version, '') <> coalesce(wanted.icp_version, '') then 'icp_version'
        when given.tier <> wanted.tier then 'sent_again'
        else 'score'
    end as cause,
    -- ICP whose tags these are. #not_null
    wanted.icp_id
from wanted
inner join core.accounts as accounts on wanted.account_id = accounts.account_id
left join given
    on wanted.target = given.target
    and wanted.record_id = given.record_id
    and wanted.icp_id = given.icp_id
    and given.recency = 1
left join transitions on wanted.account_id = transitions.account_id and wanted.icp_id = transitions.icp_id
where
    -- A record that was given nothing and has no tier now is no news; an unknown tier differs from every other.
    coalesce(given.tier, case when given.record_id is null then 'unscored' else 'unknown' end) <> wanted.tier
    or (
        given.record_id is not null
        and (
            coalesce(cast(given.score as decimal(5, 2)), -1) <> coalesce(wanted.score, -1)
            or coalesce(given.icp_version, '') <> coalesce(wanted.icp_version, '')
        )
    )
