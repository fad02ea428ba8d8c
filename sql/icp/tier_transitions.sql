-- One row per account and ICP whose tier differs from the last published run, with the likeliest cause.
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
        positions.status,
        positions.tier_rank,
        positions.untriggered_rank
    from icp.account_tiers as tiers
    inner join icp.tier_positions as positions
        on tiers.account_id = positions.account_id and tiers.icp_id = positions.icp_id
    left join history.account_tiers as previous
        on tiers.account_id = previous.account_id and tiers.icp_id = previous.icp_id
    where tiers.previous_tier is null or tiers.previous_tier <> tiers.tier
)

select
    -- Account. #not_null
    moved.account_id,
    -- ICP. #not_null #unique_with[account_id]
    moved.icp_id,
    -- Tier of the last published run; NULL for an account it did not have.
    moved.previous_tier as from_tier,
    -- Tier of this run. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    moved.tier as to_tier,
    -- Why it moved: a new account, a disqualifier, another ICP version, too little or newly enough data, a trigger that
    -- came or ran out, or changed evidence. #not_null #accepted[new,disqualified,icp_version,data,trigger,evidence]
    case
        when moved.previous_tier is null then 'new'
        when moved.status = 'disqualified' then 'disqualified'
        when coalesce(moved.previous_version, '') <> coalesce(moved.icp_version, '') then 'icp_version'
        when moved.tier = 'unscored' or moved.previous_tier = 'unscored' then 'data'
        when moved.tier < moved.previous_tier and moved.tier_rank < moved.untriggered_rank then 'trigger'
        when moved.previous_tier = 'tier_1' and moved.tier_rank = moved.untriggered_rank then 'trigger'
        else 'evidence'
    end as cause,
    -- Day of the scoring. #not_null
    moved.as_of,
    -- Version that gave the new tier.
    moved.icp_version
from moved
