-- Salesforce leads, one row per record id. A lead is no account until it is converted.
-- Of several rows of an id the one modified last wins, else that of the later file or line.
with
casted as (
    select
        id as lead_id,
        company_domain as domain,
        try_cast(is_free_mail as boolean) as is_free_mail,
        role,
        seniority,
        trim(industry) as industry,
        trim(country) as country,
        country_code,
        trim(lead_source) as lead_source,
        trim(status) as lead_status,
        converted_account_id,
        converted_opportunity_id,
        try_cast(round(try_cast(number_of_employees as decimal(18, 4))) as bigint) as employees,
        try_cast(annual_revenue as decimal(18, 4)) as annual_revenue,
        upper(trim(currency_iso_code)) as currency,
        coalesce(try_cast(is_converted as boolean), false) as is_converted,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        try_cast(converted_at as date) as converted_on,
        try_cast(created_at as timestamp) as created_at,
        try_cast(modified_at as timestamp) as modified_at,
        source_order,
        source_path,
        source_line
    from lake.salesforce_lead
),

ranked as (
    select
        lead_id,
        domain,
        is_free_mail,
        role,
        seniority,
        industry,
        country,
        country_code,
        lead_source,
        lead_status,
        converted_account_id,
        converted_opportunity_id,
        employees,
        annual_revenue,
        currency,
        is_converted,
        is_deleted,
        converted_on,
        created_at,
        source_path,
        source_line,
        row_number() over (
            partition by lead_id
            order by
                modified_at desc nulls last,
                created_at desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from casted
)

select
    -- Record id, 18 characters. #not_null #unique
    lead_id,
    -- Registrable domain of Website, else of Email.
    domain,
    -- The address is one of a mail provider for everybody; NULL where there is no address.
    is_free_mail,
    -- Role that the title names.
    role,
    -- Seniority that the title names.
    seniority,
    -- Industry picklist value.
    industry,
    -- Country as the source spells it.
    country,
    -- ISO-2 country code where it could be told.
    country_code,
    -- Lead source picklist value.
    lead_source,
    -- Lead status picklist value.
    lead_status,
    -- Account made by the conversion.
    converted_account_id,
    -- Opportunity made by the conversion.
    converted_opportunity_id,
    -- Headcount.
    employees,
    -- Annual revenue in its currency.
    annual_revenue,
    -- Currency of the revenue; NULL means the home currency.
    currency,
    -- Converted into an account. #not_null
    is_converted,
    -- In the recycle bin. #not_null
    is_deleted,
    -- Day of the conversion.
    converted_on,
    -- Lead created, UTC.
    created_at,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1
