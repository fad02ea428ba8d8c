-- HubSpot companies, one row per record id, deleted ones included.
-- Of several files the newest row of an id wins: modified last by the as-of date, else the later file or line.
with
casted as (
    select
        id as hubspot_company_id,
        salesforce_account_id,
        parent_id,
        trim(name) as name,
        domain,
        trim(industry) as industry,
        trim(country) as country,
        country_code,
        trim(state) as state,
        trim(lifecycle_stage) as lifecycle_stage,
        trim(type) as company_type,
        try_cast(annual_revenue as decimal(18, 4)) as annual_revenue,
        upper(trim(currency)) as currency,
        try_cast(round(try_cast(number_of_employees as decimal(18, 4))) as bigint) as employees,
        try_cast(round(try_cast(founded_year as decimal(18, 4))) as bigint) as founded_year,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        try_cast(created_at as timestamp) as created_at,
        try_cast(modified_at as timestamp) as modified_at,
        source_order,
        source_path,
        source_line
    from lake.hubspot_company
),

ranked as (
    select
        hubspot_company_id,
        salesforce_account_id,
        parent_id,
        name,
        domain,
        industry,
        country,
        country_code,
        state,
        lifecycle_stage,
        company_type,
        annual_revenue,
        currency,
        employees,
        founded_year,
        is_deleted,
        created_at,
        modified_at,
        source_path,
        source_line,
        row_number() over (
            partition by hubspot_company_id
            order by
                case when cast(modified_at as date) > run.as_of then 1 else 0 end asc,
                modified_at desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from casted
    cross join settings.run
)

select
    -- Record ID. #not_null #unique
    hubspot_company_id,
    -- Salesforce account the sync ties it to.
    salesforce_account_id,
    -- Record ID of the parent company.
    parent_id,
    -- Company name as in HubSpot.
    name,
    -- Registrable domain; NULL for free mail and social hosts.
    domain,
    -- Industry as exported.
    industry,
    -- Country as the source spells it.
    country,
    -- ISO-2 country code where it could be told.
    country_code,
    -- State or region.
    state,
    -- Lifecycle stage as exported.
    lifecycle_stage,
    -- Type (PROSPECT, PARTNER ...).
    company_type,
    -- Annual revenue in its currency.
    annual_revenue,
    -- Currency of the revenue; NULL means the portal's own, which is the home currency.
    currency,
    -- Headcount.
    employees,
    -- Year founded.
    founded_year,
    -- Deleted in HubSpot. #not_null
    is_deleted,
    -- Record created, UTC.
    created_at,
    -- Record last changed, UTC.
    modified_at,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1
