-- One row per ultimate parent with more than a tenth of the customers: what is learned about them rests on one buyer.
with
customers as (
    select
        parents.ultimate_parent_id,
        count(*) as accounts,
        sum(count(*)) over () as all_accounts
    from core.customers as customers
    inner join core.account_parents as parents on customers.account_id = parents.account_id
    group by parents.ultimate_parent_id
),

large_parents as (
    select
        'LARGE_PARENT' as code,
        'warning' as severity,
        cast(customers.accounts as varchar) || ' of ' || cast(cast(customers.all_accounts as bigint) as varchar)
        || ' customers belong to one parent, ' || coalesce(accounts.name || ' (' || accounts.account_id || ')',
            customers.ultimate_parent_id) || '; they count as one customer. If they buy independently, correct their '
        || 'parents in the CRM, or list a domain that they merely share under parents.unlinked_domains in icp.yaml.'
            as message,
        customers.ultimate_parent_id as subject
    from customers
    left join core.accounts as accounts on customers.ultimate_parent_id = accounts.account_id
    where customers.accounts > 1 and customers.accounts > 0.1 * customers.all_accounts
)

select
    -- #not_null #accepted[LARGE_PARENT]
    large_parents.code,
    large_parents.severity,
    large_parents.message,
    -- The parent's account. #not_null #unique_with[code]
    large_parents.subject
from large_parents
