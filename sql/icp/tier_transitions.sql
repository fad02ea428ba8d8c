-- One row per account and ICP whose tier differs from the last published run, or that left the ICP, with the likeliest cause.
with
moved as (
    select
        tiers.account_id,
        tiers.icp_id,
        tiers.previous_tier,
        tiers.tier,
        tiers.as_of,
        tiers.icp_version,
        previous.icp_version as previous_version,
        scores.fit_points - previous.fit_points as fit_change,
        scores.trigger_score - previous.trigger_score as trigger_change,
        positions.status,
        positions.tier_rank,
        positions.untriggered_rank,
        positions.withheld_because
    from icp.account_tiers as tiers
    inner join icp.tier_positions as positions
        on tiers.account_id = positions.account_id and tiers.icp_id = positions.icp_id
    inner join icp.account_scores as scores
        on tiers.account_id = scores.account_id and tiers.icp_id = scores.icp_id
    left join history.account_tiers as previous
        on tiers.account_id = previous.account_id and tiers.icp_id = previous.icp_id
    where tiers.previous_tier is null or tiers.previous_tier <> tiers.tier
),

causes as (
    select
        moved.account_id,
        moved.icp_id,
        moved.previous_tier,
        moved.tier,
        moved.as_of,
        moved.icp_version,
        case
            when moved.previous_tier is null then 'new'
            when moved.status = 'disqualified' then 'disqualified'
            when coalesce(moved.previous_version, '') <> coalesce(moved.icp_version, '') then 'icp_version'
            when moved.tier = 'unscored' or moved.previous_tier = 'unscored' then 'data'
            when moved.previous_tier = 'tier_1' and moved.withheld_because is not null then 'buying_process'
            -- Of triggers and evidence, what moved further the way that the tier went.
            when moved.tier < moved.previous_tier and moved.trigger_change > greatest(moved.fit_change, 0) then 'trigger'
            when moved.tier > moved.previous_tier and moved.trigger_change < least(moved.fit_change, 0) then 'trigger'
            when moved.fit_change <> 0 then 'evidence'
            -- Nothing moved since, or runs before kept no points: by where it would stand without triggers.
            when moved.tier < moved.previous_tier and moved.tier_rank < moved.untriggered_rank then 'trigger'
            when moved.previous_tier = 'tier_1' and moved.tier_rank = moved.untriggered_rank then 'trigger'
            else 'evidence'
        end as cause
    from moved
),

-- The account is still there, but no longer what the ICP is about: another region, another product line.
left_icps as (
    select previous.account_id, previous.icp_id, previous.tier as previous_tier, run.as_of
    from history.account_tiers as previous
    inner join settings.icps as icps on previous.icp_id = icps.icp_id
    inner join core.accounts as accounts on previous.account_id = accounts.account_id
    cross join settings.run as run
    left join icp.account_tiers as tiers
        on previous.account_id = tiers.account_id and previous.icp_id = tiers.icp_id
    where tiers.account_id is null and previous.tier <> 'unscored'
),

transitions as (
    select account_id, icp_id, previous_tier, tier, cause, as_of, icp_version
    from causes
    union all
    select
        account_id, icp_id, previous_tier, 'unscored' as tier, 'membership' as cause, as_of,
        cast(null as varchar) as icp_version
    from left_icps
)

select
    -- Account. #not_null
    transitions.account_id,
    -- ICP. #not_null #unique_with[account_id]
    transitions.icp_id,
    -- Tier of the last published run; NULL for an account it did not have.
    transitions.previous_tier as from_tier,
    -- Tier of this run; unscored for one that the ICP is not about any more.
    -- #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    transitions.tier as to_tier,
    -- Why it moved: a new account, a disqualifier, another ICP version, too little or newly enough data, a buying process
    -- that speaks against it, a trigger that came or ran out, changed evidence, or it left the ICP's filter.
    -- #not_null #accepted[new,disqualified,icp_version,data,buying_process,trigger,evidence,membership]
    transitions.cause,
    -- Day of the scoring. #not_null
    transitions.as_of,
    -- Version that gave the new tier.
    transitions.icp_version
from transitions
