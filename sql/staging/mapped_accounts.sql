-- Accounts of any other CRM, one row per source and id; those whose newest row says deleted are left out.
-- Of several files the newest row of an id wins: modified last by the as-of date, else the later file or line.
with
casted as (
    select
        source_name,
        id as record_id,
        salesforce_account_id,
        hubspot_company_id,
        parent_id,
        trim(name) as name,
        domain,
        trim(industry) as industry,
        trim(sub_industry) as sub_industry,
        trim(country) as country,
        country_code,
        trim(region) as region,
        trim(ownership) as ownership,
        trim(business_model) as business_model,
        trim(growth_stage) as growth_stage,
        trim(type) as account_type,
        trim(lifecycle_stage) as lifecycle_stage,
        trim(record_type) as record_type,
        upper(trim(currency)) as currency,
        try_cast(annual_revenue as decimal(18, 4)) as annual_revenue,
        try_cast(round(try_cast(number_of_employees as decimal(18, 4))) as bigint) as employees,
        try_cast(round(try_cast(founded_year as decimal(18, 4))) as bigint) as founded_year,
        try_cast(is_customer as boolean) as is_customer,
        try_cast(is_churned as boolean) as is_churned,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        try_cast(customer_since as date) as customer_since,
        try_cast(churned_at as date) as churned_at,
        try_cast(created_at as timestamp) as created_at,
        try_cast(modified_at as timestamp) as modified_at,
        source_order,
        source_path,
        source_line
    from lake.account
),

ranked as (
    select
        source_name,
        record_id,
        salesforce_account_id,
        hubspot_company_id,
        parent_id,
        name,
        domain,
        industry,
        sub_industry,
        country,
        country_code,
        region,
        ownership,
        business_model,
        growth_stage,
        account_type,
        lifecycle_stage,
        record_type,
        currency,
        annual_revenue,
        employees,
        founded_year,
        is_customer,
        is_churned,
        is_deleted,
        customer_since,
        churned_at,
        created_at,
        modified_at,
        source_path,
        source_line,
        row_number() over (
            partition by source_name, record_id
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
    -- Key under `sources:` in the settings. #not_null #unique_with[record_id]
    source_name,
    -- The source's own account id. #not_null
    record_id,
    -- Salesforce id, where the source knows it.
    salesforce_account_id,
    -- HubSpot Record ID, where the source knows it.
    hubspot_company_id,
    -- The source's own id of the parent account.
    parent_id,
    -- Account name.
    name,
    -- Registrable domain; NULL for free mail and social hosts.
    domain,
    -- Industry as the source spells it.
    industry,
    -- Sub-industry as the source spells it.
    sub_industry,
    -- Country as the source spells it.
    country,
    -- ISO-2 country code where it could be told.
    country_code,
    -- Sales region as the source spells it.
    region,
    -- Ownership as the source spells it.
    ownership,
    -- Business model as the source spells it.
    business_model,
    -- Growth stage as the source spells it.
    growth_stage,
    -- Type as the source spells it, such as Prospect or Partner.
    account_type,
    -- Lifecycle stage as the source spells it.
    lifecycle_stage,
    -- Record type's name or id.
    record_type,
    -- Currency of the revenue; NULL means dollars.
    currency,
    -- Annual revenue in that currency.
    annual_revenue,
    -- Headcount.
    employees,
    -- Year founded.
    founded_year,
    -- The source says it is a customer; NULL when it does not say.
    is_customer,
    -- The source says it has left; NULL when it does not say.
    is_churned,
    -- Customer since.
    customer_since,
    -- Left on.
    churned_at,
    -- Record created, UTC.
    created_at,
    -- Record last changed, UTC.
    modified_at,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1 and not is_deleted
