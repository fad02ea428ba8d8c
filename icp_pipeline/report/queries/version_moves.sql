select icp_id, icp_version, from_tier, to_tier, count(distinct account_id) as accounts
from history.tier_changes
where cause = 'icp_version'
group by icp_id, icp_version, from_tier, to_tier
