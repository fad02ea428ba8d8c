-- Which accounts each ICP is about: all of them, unless the ICP has a filter.
select
    -- ICP. #not_null #unique_with[account_id]
    icps.icp_id,
    -- Account. #not_null #references[core.accounts.account_id]
    accounts.account_id
from settings.icps
cross join core.accounts
where icps.filter_sql is null
