-- One row per file with amounts that cannot be taken as dollars: without a rate, impossible, or converted by the CRM.
with
amounts_by_file as (
    select
        source_path,
        sum(case when reason like 'no rate%' or reason like 'several%' then 1 else 0 end) as without_rate,
        sum(case when reason like 'no rate%' or reason like 'several%' then 0 else 1 end) as impossible
    from staging.rejected_amounts
    group by source_path
),

rejected_amounts as (
    select
        'REJECTED_AMOUNTS' as code,
        -- Without a rate all amounts of a currency are missing, and with them the customers who pay in it.
        case when without_rate > 0 then 'warning' else 'info' end as severity,
        source_path || ' has amounts that cannot be converted to dollars: '
        || case
            when without_rate > 0
                then
                    cast(without_rate as varchar)
                    || ' in a currency without a rate (add it under currency.rates in icp.yaml)'
            else ''
        end
        || case when without_rate > 0 and impossible > 0 then ', ' else '' end
        || case when impossible > 0 then cast(impossible as varchar) || ' negative or too large' else '' end
        || '. The lines are in quality.rejected_rows.' as message,
        source_path as subject
    from amounts_by_file
),

converted_by_file as (
    select deals.source_path, deals.currency, count(*) as amounts
    from (
        select source_path, currency, amount, amount_in_home_currency as converted_amount
        from staging.hubspot_deals
        union all
        select source_path, currency, amount, converted_amount
        from staging.salesforce_opportunities
        where not is_deleted
    ) as deals
    left join settings.currency_rates on deals.currency = currency_rates.currency
    where
        deals.currency is not null
        and deals.amount >= 0
        and deals.converted_amount >= 0
        and currency_rates.currency is null
    group by deals.source_path, deals.currency
),

converted_amounts as (
    select
        'REJECTED_AMOUNTS' as code,
        'warning' as severity,
        source_path || ' has ' || cast(amounts as varchar)
        || case amounts when 1 then ' amount in ' else ' amounts in ' end || currency
        || ', which has no rate in icp.yaml, so the CRM''s own conversion is used. '
        || 'Add a rate under currency.rates to use yours.' as message,
        source_path as subject
    from converted_by_file
),

findings as (
    select code, severity, message, subject from rejected_amounts
    union all
    select code, severity, message, subject from converted_amounts
)

select
    -- #not_null #accepted[REJECTED_AMOUNTS]
    findings.code,
    findings.severity,
    findings.message,
    -- The file. #not_null
    findings.subject
from findings
