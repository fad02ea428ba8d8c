-- One row per finding about who is a customer: customers without a new deal, customers by their type alone.
with
-- Whether each period as a customer has its new deal: one that closed in it.
spells as (
    select
        spells.account_id,
        spells.started_on,
        max(case when deals.deal_role = 'new_business' and deals.is_won then 1 else 0 end) as has_new_deal,
        max(case when deals.deal_id is not null then 1 else 0 end) as has_won_deal
    from core.customer_spells as spells
    left join core.deals as deals
        on
            spells.account_id = deals.account_id
            and deals.is_won
            and deals.closed_at >= spells.started_on
            and coalesce(deals.closed_at <= spells.ended_on, true)
    group by spells.account_id, spells.started_on
),

spell_counts as (
    select
        count(*) as spells,
        sum(1 - has_new_deal) as without_new_deal,
        sum(has_won_deal - has_new_deal) as with_other_deals,
        min(case when has_new_deal = 0 then account_id end) as first_account_id
    from spells
),

-- Without any landed deal there is no win rate that could be wrong.
customers_without_new_deals as (
    select
        'NO_NEW_BUSINESS_DEAL' as code,
        case when without_new_deal >= 5 and without_new_deal >= 0.1 * spells then 'warning' else 'info' end as severity,
        'In ' || cast(without_new_deal as varchar) || ' of ' || cast(spells as varchar) || ' cases an account became a '
        || 'customer without a won new-business deal (first: ' || first_account_id || ')'
        || case
            when with_other_deals > 0
                then
                    '; ' || cast(with_other_deals as varchar) || ' of them have won deals, but icp.yaml calls all '
                    || 'of those existing business'
            else ''
        end
        || ', so these sales are in no win rate. Land older deals, or correct the names under deals.existing_business '
        || 'in icp.yaml. If these customers signed up without a deal, ignore this.' as message,
        'customers' as subject
    from spell_counts
    where without_new_deal > 0 and exists (select 1 from core.deals where is_closed)
),

known_by_type as (
    select
        relationships.because,
        count(*) as accounts,
        row_number() over (order by count(*) desc, relationships.because asc) as place
    from core.customers as customers
    inner join core.account_relationships as relationships on customers.account_id = relationships.account_id
    where customers.is_known_by_type
    group by relationships.because
),

known_by_type_counts as (
    select
        sum(accounts) as accounts,
        max(case when place = 1 then because end) as first_name,
        max(case when place = 2 then because end) as second_name,
        count(*) as names
    from known_by_type
),

customer_counts as (
    select count(*) as customers from core.customers
),

customers_without_sale as (
    select
        'CUSTOMER_WITHOUT_SALE' as code,
        'warning' as severity,
        'Customers only by their type in the CRM: ' || cast(known_by_type_counts.accounts as varchar) || ' of '
        || cast(customer_counts.customers as varchar) || ' (' || first_name || coalesce(', ' || second_name, '')
        || case when names > 2 then ' and others' else '' end
        || '). They have no won deal, subscription or start date, so they are not prospects and cannot be ranked. '
        || 'Land their deals or subscriptions, or name the field with their start under customer.since in icp.yaml. If they '
        || 'are prospects, list the types that do mean customer (customer: {types: []} for none).' as message,
        'customers' as subject
    from known_by_type_counts
    cross join customer_counts
    where known_by_type_counts.accounts > 0
),

doubted as (
    select
        spoken_name,
        accounts - buyers as accounts,
        row_number() over (order by accounts - buyers desc, spoken_name asc) as place
    from core.type_meanings
    where meaning = 'doubted_customer' and accounts > buyers
),

doubted_customers as (
    select
        'CUSTOMER_WITHOUT_SALE' as code,
        'warning' as severity,
        spoken_name || ' does not make customers of ' || cast(accounts as varchar)
        || ' accounts without a sale, because most accounts with open or lost deals have it too. They count as prospects. '
        || 'If they are customers, list it under customer in icp.yaml, such as customer: {types: [...]}.' as message,
        'doubted' as subject
    from doubted
    where place = 1
),

findings as (
    select code, severity, message, subject from customers_without_new_deals
    union all
    select code, severity, message, subject from customers_without_sale
    union all
    select code, severity, message, subject from doubted_customers
)

select
    -- #not_null #accepted[NO_NEW_BUSINESS_DEAL,CUSTOMER_WITHOUT_SALE]
    findings.code,
    findings.severity,
    findings.message,
    -- `customers` or `doubted`. #not_null #unique_with[code]
    findings.subject
from findings
