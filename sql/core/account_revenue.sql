-- Annual revenue of accounts in dollars, one row per account for which it is known: from Salesforce, else HubSpot, else
-- a mapped CRM, else enrichment. Amounts without a rate do not count.
with
amounts as (
    select
        roots.account_id,
        -- The wider type keeps the product's digits.
        try_cast(
            coalesce(
                case
                    when salesforce.annual_revenue >= 0
                        then cast(salesforce.annual_revenue as decimal(20, 4)) * salesforce_rates.usd_per_unit
                end,
                case
                    when salesforce.converted_revenue >= 0
                        then cast(salesforce.converted_revenue as decimal(20, 4)) * converted_rates.usd_per_unit
                end,
                case
                    when hubspot.annual_revenue >= 0
                        then cast(hubspot.annual_revenue as decimal(20, 4)) * hubspot_rates.usd_per_unit
                end,
                case
                    when mapped.annual_revenue >= 0
                        then cast(mapped.annual_revenue as decimal(20, 4)) * mapped_rates.usd_per_unit
                end,
                case when enrichment.annual_revenue_usd >= 0 then enrichment.annual_revenue_usd end
            ) as decimal(18, 4)
        ) as annual_revenue_usd
    from core.account_roots as roots
    left join staging.salesforce_accounts as salesforce
        on roots.salesforce_account_id = salesforce.salesforce_account_id
    left join staging.hubspot_companies as hubspot on roots.hubspot_company_id = hubspot.hubspot_company_id
    left join staging.mapped_accounts as mapped
        on roots.mapped_source = mapped.source_name
        and roots.mapped_id = mapped.record_id
    left join core.account_enrichment as enrichment on roots.account_id = enrichment.account_id
    left join settings.currency_rates as salesforce_rates
        on coalesce(salesforce.currency, 'home') = salesforce_rates.currency
    left join settings.currency_rates as converted_rates
        on coalesce(salesforce.converted_currency, 'home') = converted_rates.currency
    -- HubSpot stores a company's revenue in the portal's own currency, unless the file says otherwise.
    left join settings.currency_rates as hubspot_rates
        on coalesce(hubspot.currency, 'home') = hubspot_rates.currency
    left join settings.currency_rates as mapped_rates
        on coalesce(mapped.currency, 'home') = mapped_rates.currency
)

select
    -- #not_null #unique
    account_id,
    -- Annual revenue in dollars. #not_null
    annual_revenue_usd
from amounts
where annual_revenue_usd is not null
