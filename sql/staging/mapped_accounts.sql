-- Accounts of any other CRM, one row per source and id; those whose newest row says deleted are left out.
-- If several rows have an id, the one modified last by the as-of date wins, else the later file or line.
with
ranked as (
    select
        account.*,
        row_number() over (
            partition by source_name, id
            order by
                case when cast(try_cast(modified_at as timestamp) as date) > run.as_of then 1 else 0 end asc,
                try_cast(modified_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.account
    cross join settings.run
)

select
    -- Key under `sources:` in icp.yaml. #not_null #unique_with[record_id]
    source_name,
    -- The source's own account id. #not_null
    id as record_id,
    -- Salesforce id, if the source has it.
    salesforce_account_id,
    -- HubSpot Record ID, if the source has it.
    hubspot_company_id,
    -- The source's own id of the parent account.
    parent_id,
    -- Account name.
    trim(name) as name,
    -- Registrable domain; NULL for free mail and social hosts.
    domain,
    -- Industry as the source spells it.
    trim(industry) as industry,
    -- Sub-industry as the source spells it.
    trim(sub_industry) as sub_industry,
    -- Country as the source spells it.
    trim(country) as country,
    -- ISO-2 country code if known.
    country_code,
    -- Sales region as the source spells it.
    trim(region) as region,
    -- Ownership as the source spells it.
    trim(ownership) as ownership,
    -- Business model as the source spells it.
    trim(business_model) as business_model,
    -- Growth stage as the source spells it.
    trim(growth_stage) as growth_stage,
    -- Type as the source spells it, such as Prospect or Partner.
    trim(type) as account_type,
    -- Lifecycle stage as the source spells it.
    trim(lifecycle_stage) as lifecycle_stage,
    trim(record_type) as record_type,
    -- Currency of the revenue; NULL means dollars.
    upper(trim(currency)) as currency,
    -- Annual revenue in that currency.
    try_cast(annual_revenue as decimal(18, 4)) as annual_revenue,
    -- Headcount.
    try_cast(round(try_cast(number_of_employees as decimal(18, 4))) as bigint) as employees,
    -- Year founded.
    try_cast(round(try_cast(founded_year as decimal(18, 4))) as bigint) as founded_year,
    -- Whether the source says it is a customer; NULL if it does not say.
    try_cast(is_customer as boolean) as is_customer,
    -- Whether the source says it has left; NULL if it does not say.
    try_cast(is_churned as boolean) as is_churned,
    -- Day it became a customer.
    try_cast(customer_since as date) as customer_since,
    -- Day it left.
    try_cast(churned_at as date) as churned_at,
    -- When the record was created (UTC).
    try_cast(created_at as timestamp) as created_at,
    -- When the record was last modified (UTC).
    try_cast(modified_at as timestamp) as modified_at,
    source_path,
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
