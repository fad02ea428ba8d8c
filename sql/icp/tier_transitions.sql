-- One row per account and ICP that came, went, or has another tier or id than in the last published run: why, and what
-- changed.
with
here as (
    select
        tiers.account_id,
        tiers.icp_id,
        previous.tier as previous_tier,
        tiers.tier,
        tiers.as_of,
        tiers.icp_version,
        previous.gone_on,
        coalesce(previous.is_moved, false) as is_moved,
        previous.former_account_id,
        causes.cause,
        causes.because
    from icp.account_tiers as tiers
    left join icp.previous_tiers as previous
        on tiers.account_id = previous.account_id and tiers.icp_id = previous.icp_id
    left join icp.tier_causes as causes
        on tiers.account_id = causes.account_id and tiers.icp_id = causes.icp_id
),

-- An id that the last run did not have is not a new account if another id of it identifies one.
moved as (
    select
        account_id,
        icp_id,
        case when gone_on is null then previous_tier end as from_tier,
        tier as to_tier,
        case
            when previous_tier is null then 'new'
            when gone_on is not null then 'returned'
            when is_moved then 'moved'
            else coalesce(cause, 'evidence')
        end as cause,
        case
            when previous_tier is null then null
            when gone_on is not null
                then 'missing since ' || cast(gone_on as varchar) || ', then ' || previous_tier
            when is_moved then 'was ' || former_account_id || coalesce('; ' || because, '')
            else because
        end as because,
        as_of,
        icp_version
    from here
    where previous_tier is null or gone_on is not null or is_moved or previous_tier <> tier
),

-- The account still exists, but is no longer in the ICP's filter: another region, another product line.
left_icps as (
    select previous.account_id, previous.icp_id, previous.tier as from_tier, 'unscored' as to_tier, 'membership' as cause,
        cast(null as varchar) as because, run.as_of, cast(null as varchar) as icp_version
    from icp.previous_tiers as previous
    inner join settings.icps as icps on previous.icp_id = icps.icp_id
    cross join settings.run as run
    left join icp.account_tiers as tiers
        on previous.account_id = tiers.account_id and previous.icp_id = tiers.icp_id
    where tiers.account_id is null and previous.tier <> 'unscored' and previous.gone_on is null
),

-- Accounts that are no longer in any export.
vanished as (
    select
        previous.account_id,
        previous.icp_id,
        previous.tier as from_tier,
        cast(null as varchar) as to_tier,
        successors.fate as cause,
        case when successors.fate = 'merged' then 'into ' || successors.now_account_id end as because,
        run.as_of,
        cast(null as varchar) as icp_version
    from history.account_tiers as previous
    inner join settings.icps as icps on previous.icp_id = icps.icp_id
    inner join icp.account_successors as successors
        on previous.account_id = successors.account_id and successors.fate in ('merged', 'gone')
    cross join settings.run as run
    where previous.gone_on is null
),

transitions as (
    select account_id, icp_id, from_tier, to_tier, cause, because, as_of, icp_version
    from moved
    union all
    select account_id, icp_id, from_tier, to_tier, cause, because, as_of, icp_version
    from left_icps
    union all
    select account_id, icp_id, from_tier, to_tier, cause, because, as_of, icp_version
    from vanished
)

select
    -- #not_null
    transitions.account_id,
    -- #not_null #unique_with[account_id]
    transitions.icp_id,
    -- Tier of the last published run; NULL for an account it did not have.
    -- #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    transitions.from_tier,
    -- Tier of this run; unscored if the account left the ICP's filter, NULL if no export has it any more.
    -- #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    transitions.to_tier,
    -- Cause: a new account, one that is gone or has returned, one that was merged into another or has another id now, a
    -- disqualifier, another ICP version, another tier rule, too little or newly enough data, an objection in the buying
    -- process, a trigger that came or ended, changed evidence, or it left the ICP's filter. #not_null
    -- #accepted[new,gone,returned,merged,moved,disqualified,icp_version,tier_rule,data,buying_process,trigger,evidence,membership]
    transitions.cause,
    -- What changed, in words, with before and after; NULL if there is nothing to add.
    transitions.because,
    -- Day of the scoring. #not_null
    transitions.as_of,
    -- Version that gave the new tier.
    transitions.icp_version
from transitions
