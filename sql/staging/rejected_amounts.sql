-- Amounts that cannot be used: a currency without a rate, or a negative amount. The row itself is loaded. A deal that
-- was won with a negative amount is a credit, and is used. Where the CRM's own conversion stands in for an amount
-- without a rate, it is not here. Each file names its amount columns itself, so each has a branch.
with
-- An amount and the CRM's own conversion of it: if one is unusable, the other counts.
converted_pairs as (
    select
        source_path, source_line, false as may_be_credit,
        'annual_revenue' as column_name, annual_revenue as amount, currency_iso_code as currency,
        'converted_revenue' as converted_name, converted_revenue as converted_amount, converted_currency
    from lake.salesforce_account
    union all
    select
        source_path, source_line, coalesce(try_cast(is_won as boolean), false) as may_be_credit,
        'amount' as column_name, amount, currency_iso_code as currency,
        'converted_amount' as converted_name, converted_amount, converted_currency
    from lake.salesforce_opportunity
    union all
    select
        source_path, source_line, coalesce(try_cast(is_closed_won as boolean), false) as may_be_credit,
        'amount' as column_name, amount, currency,
        'amount_in_home_currency' as converted_name, amount_in_home_currency as converted_amount,
        home_currency as converted_currency
    from lake.hubspot_deal
),

single_amounts as (
    select
        source_path, source_line, false as may_be_credit,
        'amount' as column_name, amount, currency_iso_code as currency
    from lake.salesforce_opportunity_history
    union all
    select source_path, source_line, false, 'annual_revenue', annual_revenue, currency_iso_code
    from lake.salesforce_lead
    union all
    select source_path, source_line, false, 'annual_revenue', annual_revenue, currency
    from lake.hubspot_company
    union all
    select source_path, source_line, false, 'annual_revenue', annual_revenue, currency
    from lake.account
    union all
    -- A deal may be won by its stage, which is not known here.
    select source_path, source_line, coalesce(try_cast(is_won as boolean), true), 'amount', amount, currency
    from lake.deal
    union all
    select source_path, source_line, false, 'unit_amount', unit_amount, currency
    from lake.subscription
    union all
    select source_path, source_line, false, 'mrr', mrr, currency
    from lake.subscription
    union all
    -- Plain amounts are dollars by these vendors' own definition.
    select source_path, source_line, false, 'annual_revenue_usd', annual_revenue_usd, coalesce(annual_revenue_currency, 'USD')
    from lake.clearbit_company
    union all
    select source_path, source_line, false, 'raised_usd', raised_usd, coalesce(raised_currency, 'USD')
    from lake.clearbit_company
    union all
    select source_path, source_line, false, 'money_raised_usd', money_raised_usd, coalesce(money_raised_currency, 'USD')
    from lake.funding_round
    union all
    -- A custom field may be negative.
    select source_path, source_line, true, attribute, value, nullif(currency, 'HOME')
    from lake.field_values
    where currency is not null
),

amounts as (
    select
        source_path, source_line, may_be_credit, column_name, amount, currency, converted_amount, converted_currency
    from converted_pairs
    union all
    select
        source_path, source_line, may_be_credit, converted_name, converted_amount, converted_currency, amount, currency
    from converted_pairs
    union all
    select source_path, source_line, may_be_credit, column_name, amount, currency, null, null
    from single_amounts
),

given_amounts as (
    select
        source_path,
        source_line,
        column_name,
        try_cast(case when may_be_credit then replace(amount, '-', '') else amount end as decimal(18, 4)) as amount,
        coalesce(upper(trim(currency)), 'home') as currency,
        try_cast(
            case when may_be_credit then replace(converted_amount, '-', '') else converted_amount end as decimal(18, 4)
        ) as converted_amount,
        coalesce(upper(trim(converted_currency)), 'home') as converted_currency
    from amounts
    where amount is not null
),

checked_amounts as (
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
                then 'no rate for currency ' || given_amounts.currency || ': add it under currency.rates in icp.yaml'
        end as reason
    from given_amounts
    left join settings.currency_rates on given_amounts.currency = currency_rates.currency
    left join settings.currency_rates as converted_rates
        on given_amounts.converted_currency = converted_rates.currency
    where
        currency_rates.currency is not null
        or converted_rates.currency is null
        or given_amounts.converted_amount is null
)

select
    source_path,
    source_line,
    -- Canonical column of the amount, or the attribute's key in icp.yaml. #not_null
    column_name,
    -- Why it is not used; names the currency code, never the amount. #not_null
    reason
from checked_amounts
where reason is not null
