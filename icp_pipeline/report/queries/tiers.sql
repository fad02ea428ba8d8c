select tiers.icp_id, tiers.tier, count(*) as accounts, count(case when accounts.is_customer then 1 end) as customers
from icp.account_tiers as tiers
inner join core.accounts as accounts on tiers.account_id = accounts.account_id
where tiers.action <> 'none'
group by tiers.icp_id, tiers.tier
