-- Which accounts each ICP is about: all of them, unless the ICP has a filter.
with
members as (
    select icps.icp_id, accounts.account_id
    from settings.icps as icps
    cross join core.accounts as accounts
    where icps.filter_sql is null
    union all
    select name as icp_id, account_id
    from core.filter_members
    where section = 'icps'
)

select
    -- #not_null #unique_with[account_id]
    members.icp_id,
    -- #not_null #references[core.accounts.account_id]
    members.account_id
from members
