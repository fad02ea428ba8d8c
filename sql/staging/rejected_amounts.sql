-- Amounts that cannot be used: a currency without a rate, or a negative amount. The row itself is loaded.
-- A deal that was won with a negative amount is a credit, and is used.
-- Where the CRM's own conversion stands in for an amount without a rate, it is not here.
with
amounts_of_one_currency as (
    select
        source_path, source_line, 'amount' as column_name, amount,
        currency_iso_code as currency, 'home' as unnamed_currency
    from lake.salesforce_opportunity_history
    union all
    select
        source_path, source_line, 'annual_revenue' as column_name, annual_revenue as amount,
        currency_iso_code as currency, 'home' as unnamed_currency
    from lake.salesforce_lead
    union all
    select
        source_path, source_line, 'annual_revenue' as column_name, annual_revenue as amount, currency,
        'home' as unnamed_currency
    from lake.hubspot_company
    union all
    select
        source_path, source_line, 'annual_revenue' as column_name, annual_revenue as amount, currency,
        'home' as unnamed_currency
    from lake.account
    union all
    -- Where the stage tells what is won, that is not known here.
    select
        source_path, source_line, 'amount' as column_name,
        case when coalesce(try_cast(is_won as boolean), true) then replace(amount, '-', '') else amount end as amount,
        currency, 'home' as unnamed_currency
    from lake.deal
    union all
    select
        source_path, source_line, 'unit_amount' as column_name, unit_amount as amount, currency, 'home' as unnamed_currency
    from lake.subscription
    union all
    select source_path, source_line, 'mrr' as column_name, mrr as amount, currency, 'home' as unnamed_currency
    from lake.subscription
    union all
    select
        source_path, source_line, 'annual_revenue_usd' as column_name, annual_revenue_usd as amount,
        annual_revenue_currency as currency, 'USD' as unnamed_currency
    from lake.clearbit_company
    union all
    select
        source_path, source_line, 'raised_usd' as column_name, raised_usd as amount, raised_currency as currency,
        'USD' as unnamed_currency
    from lake.clearbit_company
    union all
    select
        source_path, source_line, 'money_raised_usd' as column_name, money_raised_usd as amount,
        money_raised_currency as currency, 'USD' as unnamed_currency
    from lake.funding_round
    union all
    -- A field of one's own may well be negative.
    select
        source_path, source_line, attribute as column_name, replace(value, '-', '') as amount,
        nullif(currency, 'HOME') as currency, 'home' as unnamed_currency
    from lake.field_values
    where currency is not null
),

opportunities as (
    select
        source_path, source_line, currency_iso_code, converted_currency,
        case when coalesce(try_cast(is_won as boolean), false) then replace(amount, '-', '') else amount end as amount,
        case
            when coalesce(try_cast(is_won as boolean), false) then replace(converted_amount, '-', '')
            else converted_amount
        end as converted_amount
    from lake.salesforce_opportunity
),

hubspot_deals as (
    select
        source_path, source_line, currency, home_currency,
        case when coalesce(try_cast(is_closed_won as boolean), false) then replace(amount, '-', '') else amount end
            as amount,
        case
            when coalesce(try_cast(is_closed_won as boolean), false) then replace(amount_in_home_currency, '-', '')
            else amount_in_home_currency
        end as amount_in_home_currency
    from lake.hubspot_deal
),

-- An amount and the CRM's own conversion of it stand in for each other.
amounts as (
    select
        source_path, source_line, 'annual_revenue' as column_name, annual_revenue as amount,
        currency_iso_code as currency, converted_revenue as converted_amount, converted_currency,
        'home' as unnamed_currency
    from lake.salesforce_account
    union all
    select
        source_path, source_line, 'converted_revenue' as column_name, converted_revenue as amount,
        converted_currency as currency, annual_revenue as converted_amount, currency_iso_code as converted_currency,
        'home' as unnamed_currency
    from lake.salesforce_account
    union all
    select
        source_path, source_line, 'amount' as column_name, amount, currency_iso_code as currency, converted_amount,
        converted_currency, 'home' as unnamed_currency
    from opportunities
    union all
    select
        source_path, source_line, 'converted_amount' as column_name, converted_amount as amount,
        converted_currency as currency, amount as converted_amount, currency_iso_code as converted_currency,
        'home' as unnamed_currency
    from opportunities
    union all
    select
        source_path, source_line, 'amount' as column_name, amount, currency,
        amount_in_home_currency as converted_amount, home_currency as converted_currency, 'home' as unnamed_currency
    from hubspot_deals
    union all
    select
        source_path, source_line, 'amount_in_home_currency' as column_name, amount_in_home_currency as amount,
        home_currency as currency, amount as converted_amount, currency as converted_currency,
        'home' as unnamed_currency
    from hubspot_deals
    union all
    select
        source_path, source_line, column_name, amount, currency, cast(null as varchar) as converted_amount,
        cast(null as varchar) as converted_currency, unnamed_currency
    from amounts_of_one_currency
),

given_amounts as (
    select
        source_path,
        source_line,
        column_name,
        try_cast(amount as decimal(18, 4)) as amount,
        coalesce(upper(trim(currency)), unnamed_currency) as currency,
        try_cast(converted_amount as decimal(18, 4)) as converted_amount,
        coalesce(upper(trim(converted_currency)), unnamed_currency) as converted_currency
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
            when currency_rates.currency is null and given_amounts.currency in ('$', '¥', 'KR', 'RS', 'FR')
                then
                    'several currencies have the sign ' || given_amounts.currency
                    || ': export the currency code, or set currency.home in icp.yaml if it is that one'
            when currency_rates.currency is null
                then
                    'no rate for currency ' || given_amounts.currency || ': add it under currency.rates in icp.yaml'
        end as reason
    from given_amounts
    left join settings.currency_rates
        on given_amounts.currency = currency_rates.currency
    left join settings.currency_rates as converted_rates
        on given_amounts.converted_currency = converted_rates.currency
    where
        currency_rates.currency is not null
        or converted_rates.currency is null
        or given_amounts.converted_amount is null
)

select
    -- Landed file.
    source_path,
    -- Line in that file.
    source_line,
    -- Canonical column of the amount, or settings key of the field. #not_null
    column_name,
    -- Why it is not used; names the currency code, never the amount. #not_null
    reason
from judged
where reason is not null
