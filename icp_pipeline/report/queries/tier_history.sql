with
changes as (
    select icp_id, account_id, as_of, from_tier, to_tier, cause, icp_version
    from history.tier_changes
    where account_id in (select account_id from shown)
    union
    select icp_id, account_id, as_of, from_tier, to_tier, cause, icp_version
    from icp.tier_transitions
    where account_id in (select account_id from shown)
)

-- As many as a scorecard has room for; `icp explain` shows all.
select icp_id, account_id, as_of, from_tier, to_tier, cause, icp_version
from changes
qualify row_number() over (
    partition by icp_id, account_id order by as_of desc, icp_version desc nulls last, cause, from_tier, to_tier
) <= 12
