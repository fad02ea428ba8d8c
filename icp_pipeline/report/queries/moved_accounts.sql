with
-- An account that is no longer exported is shown with the domain of its last export.
last_domains as (
    select account_id, min(key_value) as domain
    from history.account_references
    where key_type = 'domain'
    group by account_id
),

ranked as (
    select moves.icp_id, moves.account_id, accounts.name, coalesce(accounts.domain, last_domains.domain) as domain,
        moves.from_tier, moves.to_tier, moves.cause, moves.because,
        coalesce(tiers.reasons, '') as reasons,
        row_number() over (
            partition by moves.icp_id
            -- Into or out of tier 1 first, because that changes what somebody does today.
            order by
                case when moves.to_tier = 'tier_1' then 0 when moves.from_tier = 'tier_1' then 1 else 2 end,
                moves.to_tier, scores.priority_score desc nulls last, moves.account_id
        ) as place
    from icp.tier_transitions as moves
    left join core.accounts as accounts on moves.account_id = accounts.account_id
    left join last_domains on moves.account_id = last_domains.account_id
    -- An account that left an ICP's filter no longer has a tier in it.
    left join icp.account_tiers as tiers on moves.account_id = tiers.account_id and moves.icp_id = tiers.icp_id
    left join icp.account_scores as scores on moves.account_id = scores.account_id and moves.icp_id = scores.icp_id
    where moves.cause <> 'new'
)

select * from ranked where place <= 40 order by icp_id, place
