-- Deals of Salesforce, HubSpot and mapped CRMs in one shape, each with its account where known. Deleted and merged deals
-- are left out, and so are HubSpot deals synced with a Salesforce opportunity that was landed too. Deals after the as-of
-- date are still included; core.known_deals leaves them out.
with
deals as (
    select
        'sf-' || opportunities.opportunity_id as deal_id,
        'salesforce' as source_system,
        opportunities.opportunity_id as source_deal_id,
        account_keys.account_id,
        opportunities.stage_name as stage,
        opportunities.opportunity_type as deal_type,
        cast(null as varchar) as pipeline,
        opportunities.record_type,
        opportunities.lead_source,
        opportunities.currency,
        opportunities.amount,
        opportunities.converted_currency,
        opportunities.converted_amount,
        opportunities.is_closed or opportunities.is_won as is_closed,
        opportunities.is_won,
        opportunities.created_at,
        opportunities.close_date as closed_at,
        opportunities.term_months,
        opportunities.starts_on,
        opportunities.ends_on
    from staging.salesforce_opportunities as opportunities
    left join core.account_keys
        on account_keys.key_type = 'salesforce' and opportunities.salesforce_account_id = account_keys.key_value
    where not opportunities.is_deleted

    union all

    select
        'hs-' || deals.deal_id as deal_id,
        'hubspot' as source_system,
        deals.deal_id as source_deal_id,
        account_keys.account_id,
        deals.deal_stage as stage,
        deals.deal_type,
        deals.pipeline,
        cast(null as varchar) as record_type,
        cast(null as varchar) as lead_source,
        deals.currency,
        deals.amount,
        deals.home_currency as converted_currency,
        deals.amount_in_home_currency as converted_amount,
        deals.is_closed or deals.is_won as is_closed,
        deals.is_won,
        deals.created_at,
        deals.closed_at,
        deals.term_months,
        deals.starts_on,
        deals.ends_on
    from staging.hubspot_deals as deals
    left join core.account_keys
        on account_keys.key_type = 'hubspot' and deals.hubspot_company_id = account_keys.key_value
    left join staging.salesforce_opportunities as synced
        on deals.salesforce_opportunity_id = synced.opportunity_id
    left join staging.custom_values as merges
        on merges.record_kind = 'hubspot_deal'
        and merges.attribute = 'merged_deal_ids'
        and merges.value <> merges.record_id
        and deals.deal_id = merges.value
    where synced.opportunity_id is null and merges.value is null

    union all

    select
        deal_id, source_system, source_deal_id, account_id, stage, deal_type, pipeline, record_type, lead_source,
        currency, amount, cast(null as varchar) as converted_currency, cast(null as decimal(18, 4)) as converted_amount,
        is_closed, is_won, created_at, closed_at, term_months, starts_on, ends_on
    from core.mapped_deals
)

select
    -- System prefix and the system's id. #not_null #unique
    deals.deal_id,
    -- Account; NULL when the CRM files do not hold a live one.
    deals.account_id,
    -- salesforce, hubspot or the key under `sources:`. #not_null
    deals.source_system,
    -- The system's own id. #not_null
    deals.source_deal_id,
    deals.stage,
    deals.deal_type,
    deals.pipeline,
    deals.record_type,
    deals.lead_source,
    -- Currency of the amount; NULL means the one under `currency.home` in icp.yaml, dollars unless it says otherwise.
    case
        when deals.amount is null and deals.converted_amount is not null then deals.converted_currency
        else deals.currency
    end as currency,
    -- Amount in dollars, below 0 for a credit; NULL when unknown or in a currency without a rate, and for a deal that was
    -- not won when it is negative. With no rate the CRM's own conversion counts, where the file has it.
    try_cast(
        -- The wider type keeps the product's digits.
        coalesce(
            case
                when deals.amount >= 0 or deals.is_won
                    then cast(deals.amount as decimal(20, 4)) * currency_rates.usd_per_unit
            end,
            case
                when (coalesce(deals.amount >= 0, true) and deals.converted_amount >= 0) or deals.is_won
                    then cast(deals.converted_amount as decimal(20, 4)) * converted_rates.usd_per_unit
            end
        ) as decimal(18, 4)
    ) as amount_usd,
    -- Months that the amount covers: from the contract's first and last day, else from the term field; NULL without
    -- either. #between[1,1200]
    case
        when deals.ends_on > deals.starts_on
            then cast(greatest(1, round(date_diff('day', deals.starts_on, deals.ends_on) / 30.4375)) as bigint)
        when deals.term_months >= 1 then cast(round(deals.term_months) as bigint)
    end as term_months,
    -- First day of the contract, if a field holds it.
    deals.starts_on,
    -- Whether it is closed, by the flags, else by the stage. #not_null
    deals.is_closed,
    -- Whether it is won, by the flags, else by the stage. #not_null
    deals.is_won,
    -- When the deal was created (UTC).
    deals.created_at,
    -- Actual close of a closed deal, forecast of an open one.
    deals.closed_at
from deals
left join settings.currency_rates on coalesce(deals.currency, 'home') = currency_rates.currency
left join settings.currency_rates as converted_rates
    on coalesce(deals.converted_currency, 'home') = converted_rates.currency
