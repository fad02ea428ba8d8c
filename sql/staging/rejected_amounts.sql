-- Amounts that cannot be used: a currency without a rate, or a negative amount. The row itself is loaded.
with
amounts as (
    select
        source_path, source_line, 'annual_revenue' as column_name, annual_revenue as amount,
        currency_iso_code as currency
    from lake.salesforce_account
    union all
    select
        source_path, source_line, 'amount' as column_name, amount, currency_iso_code as currency
    from lake.salesforce_opportunity
    union all
    select
        source_path, source_line, 'annual_revenue' as column_name, annual_revenue as amount,
        cast(null as varchar) as currency
    from lake.hubspot_company
    union all
    select source_path, source_line, 'amount' as column_name, amount, currency
    from lake.hubspot_deal
    union all
    select source_path, source_line, 'annual_revenue' as column_name, annual_revenue as amount, currency
    from lake.account
    union all
    select source_path, source_line, 'amount' as column_name, amount, currency
    from lake.deal
    union all
    select source_path, source_line, 'unit_amount' as column_name, unit_amount as amount, currency
    from lake.subscription
    union all
    select source_path, source_line, 'mrr' as column_name, mrr as amount, currency
    from lake.subscription
),

given_amounts as (
    select
        source_path,
        source_line,
        column_name,
        try_cast(amount as decimal(18, 4)) as amount,
        coalesce(upper(trim(currency)), 'home') as currency
    from amounts
    where amount is not null
),

judged as (
    select
        given_amounts.source_path,
        given_amounts.source_line,
        given_amounts.column_name,
        case
            when given_amounts.amount is null then 'the amount is not a number below 100 trillion'
            when given_amounts.amount < 0 then 'the amount is negative'
            when currency_rates.currency is null
                then
                    'no rate for currency ' || given_amounts.currency || ': add it under currency.rates in icp.yaml'
        end as reason
    from given_amounts
    left join settings.currency_rates
        on given_amounts.currency = currency_rates.currency
)

select
    -- Landed file.
    source_path,
    -- Line in that file.
    source_line,
    -- Canonical column of the amount. #not_null
    column_name,
    -- Why it is not used; names the currency code, never the amount. #not_null
    reason
from judged
where reason is not null
