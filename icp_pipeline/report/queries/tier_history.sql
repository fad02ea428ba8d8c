select icp_id, account_id, as_of, from_tier, to_tier, cause, icp_version
from history.tier_changes
union
select icp_id, account_id, as_of, from_tier, to_tier, cause, icp_version
from icp.tier_transitions
