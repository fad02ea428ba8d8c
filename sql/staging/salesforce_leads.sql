-- Salesforce leads, one row per record id. A lead is not an account until it is converted.
-- Of several rows of an id the one modified last wins, else that of the later file or line.
with
ranked as (
    select
        salesforce_lead.*,
        row_number() over (
            partition by id
            order by
                try_cast(modified_at as timestamp) desc nulls last,
                try_cast(created_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.salesforce_lead
)

select
    -- Record id, 18 characters. #not_null #unique
    id as lead_id,
    -- Registrable domain of Website, else of Email.
    company_domain as domain,
    -- Whether the address is with a free mail provider; NULL without an address.
    try_cast(is_free_mail as boolean) as is_free_mail,
    -- Role from the job title.
    role,
    -- Seniority from the job title.
    seniority,
    -- Industry picklist value.
    trim(industry) as industry,
    -- Country as the source spells it.
    trim(country) as country,
    -- ISO-2 country code if known.
    country_code,
    -- Lead source picklist value.
    trim(lead_source) as lead_source,
    -- Lead status picklist value.
    trim(status) as lead_status,
    -- Account made by the conversion.
    converted_account_id,
    -- Opportunity made by the conversion.
    converted_opportunity_id,
    -- Headcount.
    try_cast(round(try_cast(number_of_employees as decimal(18, 4))) as bigint) as employees,
    -- Annual revenue in its currency.
    try_cast(annual_revenue as decimal(18, 4)) as annual_revenue,
    -- Currency of the revenue; NULL means the home currency.
    upper(trim(currency_iso_code)) as currency,
    -- Whether it was converted into an account. #not_null
    coalesce(try_cast(is_converted as boolean), false) as is_converted,
    -- Whether it is in the recycle bin. #not_null
    coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
    -- Day of the conversion.
    try_cast(converted_at as date) as converted_on,
    -- When the lead was created (UTC).
    try_cast(created_at as timestamp) as created_at,
    source_path,
    source_line
from ranked
where recency = 1
