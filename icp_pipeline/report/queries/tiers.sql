select icp_id, tier, relationship, action, count(*) as accounts
from icp.account_tiers
group by icp_id, tier, relationship, action
