-- Values of configured fields and of list columns, one row per record, attribute and value.
-- Only the winning row of a record counts: a field that was blanked in the newest file has no value.
with
winning_rows as (
    select 'salesforce_account' as record_kind, source_path, source_line from staging.salesforce_accounts
    union all
    select 'salesforce_opportunity' as record_kind, source_path, source_line from staging.salesforce_opportunities
    union all
    select 'salesforce_lead' as record_kind, source_path, source_line from staging.salesforce_leads
    union all
    select 'hubspot_company' as record_kind, source_path, source_line from staging.hubspot_companies
    union all
    select 'hubspot_deal' as record_kind, source_path, source_line from staging.hubspot_deals
    union all
    select 'account' as record_kind, source_path, source_line from staging.mapped_accounts
    union all
    select 'deal' as record_kind, source_path, source_line from staging.mapped_deals
    union all
    select 'lead' as record_kind, source_path, source_line from staging.mapped_leads
    union all
    select 'clearbit_company' as record_kind, source_path, source_line from staging.clearbit_companies
    union all
    select 'subscription' as record_kind, source_path, source_line from staging.subscriptions
),

current_values as (
    select
        field_values.record_kind,
        field_values.source_name,
        field_values.record_id,
        field_values.attribute,
        -- Amounts are in dollars from here on; the wider type keeps the product's digits.
        case
            when field_values.currency is null then trim(field_values.value)
            else cast(
                try_cast(
                    cast(try_cast(field_values.value as decimal(18, 4)) as decimal(20, 4)) * currency_rates.usd_per_unit
                    as decimal(18, 4)
                ) as varchar
            )
        end as value,
        try_cast(field_values.known_at as date) as known_at
    from lake.field_values
    left join settings.currency_rates
        on
            case
                when upper(trim(field_values.currency)) = 'HOME' then 'home' else upper(trim(field_values.currency))
            end = currency_rates.currency
    left join winning_rows
        on
            field_values.record_kind = winning_rows.record_kind
            and field_values.source_path = winning_rows.source_path
            and field_values.source_line = winning_rows.source_line
    where
        trim(field_values.value) <> ''
        and (
            winning_rows.source_path is not null
            or field_values.record_kind not in (
                'salesforce_account', 'salesforce_opportunity', 'salesforce_lead', 'hubspot_company', 'hubspot_deal',
                'account', 'deal', 'lead', 'clearbit_company', 'subscription'
            )
        )
)

select
    -- Kind of record that carries the value, as the lake calls it.
    -- #not_null #unique_with[source_name,record_id,attribute,value]
    record_kind,
    -- Key under `sources:` for a mapped record; NULL for the vendors' own files.
    source_name,
    -- The record's id; the domain for enrichment. #not_null
    record_id,
    -- Attribute, by its key in icp.yaml, or the name of the list column. #not_null
    attribute,
    -- Normalized value; an amount is in dollars. #not_null
    value,
    -- When the value was recorded; NULL for an undated snapshot value.
    min(known_at) as known_at
from current_values
where value is not null
group by record_kind, source_name, record_id, attribute, value
