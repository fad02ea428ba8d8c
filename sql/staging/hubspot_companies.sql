-- HubSpot companies, one row per record id, deleted ones included.
-- If several rows have an id, the one modified last by the as-of date wins, else the later file or line.
with
ranked as (
    select
        hubspot_company.*,
        row_number() over (
            partition by id
            order by
                case when cast(try_cast(modified_at as timestamp) as date) > run.as_of then 1 else 0 end asc,
                try_cast(modified_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.hubspot_company
    cross join settings.run
)

select
    -- Record ID. #not_null #unique
    id as hubspot_company_id,
    -- Salesforce account the sync ties it to.
    salesforce_account_id,
    -- Record ID of the parent company.
    parent_id,
    -- Company name as in HubSpot.
    trim(name) as name,
    -- Registrable domain; NULL for free mail and social hosts.
    domain,
    -- Industry as exported.
    trim(industry) as industry,
    -- Country as the source spells it.
    trim(country) as country,
    -- ISO-2 country code if known.
    country_code,
    -- State or region.
    trim(state) as state,
    -- Lifecycle stage as exported.
    trim(lifecycle_stage) as lifecycle_stage,
    -- Type (PROSPECT, PARTNER ...).
    trim(type) as company_type,
    -- Annual revenue in its currency.
    try_cast(annual_revenue as decimal(18, 4)) as annual_revenue,
    -- Currency of the revenue; NULL means the portal's own, which is the home currency.
    upper(trim(currency)) as currency,
    -- Headcount.
    try_cast(round(try_cast(number_of_employees as decimal(18, 4))) as bigint) as employees,
    -- Year founded.
    try_cast(round(try_cast(founded_year as decimal(18, 4))) as bigint) as founded_year,
    -- Whether it was deleted in HubSpot. #not_null
    coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
    -- When the record was created (UTC).
    try_cast(created_at as timestamp) as created_at,
    -- When the record was last modified (UTC).
    try_cast(modified_at as timestamp) as modified_at,
    source_path,
    source_line
from ranked
where recency = 1
