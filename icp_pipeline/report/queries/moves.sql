select icp_id, from_tier, to_tier, cause, count(*) as accounts
from icp.tier_transitions
group by icp_id, from_tier, to_tier, cause
