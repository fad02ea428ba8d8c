-- One row per CRM record and ICP whose tags differ from those last written to the CRM, and per record that was tagged
-- and that no export has any more. A score alone is sent again when it has moved by `exports.score_step` or more.
with
differing as (
    select
        wanted.*,
        given.tier as old_tier,
        wanted.tier as new_tier,
        given.score as old_score,
        wanted.score as new_score,
        case
            when given.record_id is null then 'first_tag'
            when given.tier = 'gone' then 'returned'
            when given.tier is null then 'sent_again'
            when accounts.relationship = 'not_prospect' and given.tier <> 'unscored' then 'not_prospect'
            when transitions.cause is not null then transitions.cause
            when coalesce(given.icp_version, '') <> coalesce(wanted.icp_version, '') then 'icp_version'
            when given.tier <> wanted.tier then 'sent_again'
            when action_fields.target is not null and coalesce(given.action, '') <> wanted.action then 'action'
            when override_fields.target is not null and coalesce(given.override_tier, '') <> coalesce(wanted.override_tier, '')
                then 'override'
            else 'score'
        end as cause,
        transitions.because
    from exports.wanted_tags as wanted
    inner join core.accounts as accounts on wanted.account_id = accounts.account_id
    cross join settings.run as run
    left join exports.given_tags as given
        on wanted.target = given.target
        and wanted.record_id = given.record_id
        and wanted.icp_id = given.icp_id
    left join icp.tier_transitions as transitions
        on wanted.account_id = transitions.account_id and wanted.icp_id = transitions.icp_id
    left join settings.crm_action_fields as action_fields on wanted.target = action_fields.target
    left join settings.crm_override_fields as override_fields
        on wanted.target = override_fields.target and wanted.icp_id = 'primary'
    where
        -- A record that never had a tag and has no tier now is not a change; an unknown tier differs from every other.
        coalesce(given.tier, case when given.record_id is null then 'unscored' else 'unknown' end) <> wanted.tier
        or (
            given.record_id is not null
            and (
                (given.score is null) <> (wanted.score is null)
                or abs(cast(given.score as decimal(5, 2)) - wanted.score) >= run.score_step
                or coalesce(given.icp_version, '') <> coalesce(wanted.icp_version, '')
                or (action_fields.target is not null and coalesce(given.action, '') <> wanted.action)
                or (
                    override_fields.target is not null
                    and coalesce(given.override_tier, '') <> coalesce(wanted.override_tier, '')
                )
            )
        )
),

-- Records that are no longer exported, listed once: afterwards their last given tier is `gone`.
gone_records as (
    select
        given.target,
        given.record_id,
        references_then.account_id,
        given.tier as old_tier,
        cast(null as varchar) as new_tier,
        given.score as old_score,
        cast(null as decimal(5, 2)) as new_score,
        cast(null as varchar) as icp_version,
        cast(null as varchar) as action,
        cast(null as varchar) as override_tier,
        case
            when transitions.cause = 'merged' then 'merged'
            when accounts.account_id is not null then 'moved'
            else 'gone'
        end as cause,
        transitions.because,
        given.icp_id
    from exports.given_tags as given
    left join exports.wanted_tags as wanted
        on given.target = wanted.target and given.record_id = wanted.record_id
    left join history.account_references as references_then
        on given.target = references_then.key_type and given.record_id = references_then.key_value
    left join core.accounts as accounts on references_then.account_id = accounts.account_id
    left join icp.tier_transitions as transitions
        on references_then.account_id = transitions.account_id and given.icp_id = transitions.icp_id
    where wanted.record_id is null and coalesce(given.tier, 'unknown') <> 'gone'
),

changed as (
    select target, record_id, account_id, old_tier, new_tier, old_score, new_score, icp_version, action,
        override_tier, cause, because, icp_id
    from differing
    union all
    select target, record_id, account_id, old_tier, new_tier, old_score, new_score, icp_version, action,
        override_tier, cause, because, icp_id
    from gone_records
)

select
    -- CRM that holds the record. #not_null #accepted[salesforce,hubspot]
    changed.target,
    -- Id of the record in that CRM. #not_null #unique_with[target,icp_id]
    changed.record_id,
    -- Account; NULL for a record whose account no past run recorded.
    changed.account_id,
    -- Registrable domain of the account.
    accounts.domain,
    -- Tier last written to the CRM; NULL if none was, or if it is unknown whether the write succeeded.
    changed.old_tier,
    -- Tier it should have now; unscored clears the field where the CRM allows it, NULL for a record that no export has
    -- any more. #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    changed.new_tier,
    -- Score last written to the CRM.
    changed.old_score,
    -- Score now. #between[0,100]
    changed.new_score,
    -- ICP version that gave the new tier.
    changed.icp_version,
    -- What to do now; NULL for further ICPs.
    changed.action,
    -- Tier that a person gave it for now; NULL if not overridden, and for further ICPs.
    changed.override_tier,
    -- Why: first_tag, sent_again after a failed write, not_prospect, what moved the account in this run, gone or merged or
    -- returned, a new ICP version, or action, override or score when only that moved. #not_null
    changed.cause,
    -- What changed, in words, with before and after; NULL if there is nothing to add.
    changed.because,
    -- ICP whose tags these are. #not_null
    changed.icp_id
from changed
left join core.accounts as accounts on changed.account_id = accounts.account_id
