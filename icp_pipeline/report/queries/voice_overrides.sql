select
    overrides.account_id, overrides.icp_id, accounts.name, accounts.domain, overrides.machine_tier, overrides.override_tier,
    overrides.reason_code, overrides.reason, overrides.overridden_by, overrides.until
from icp.overrides as overrides
inner join core.accounts as accounts on overrides.account_id = accounts.account_id
where overrides.is_active
order by overrides.icp_id, overrides.until, accounts.name, overrides.account_id
