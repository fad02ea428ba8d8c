-- Salesforce accounts, one row per record id, deleted and merged ones included.
-- Of several files the newest row of an id wins: modified last by the as-of date, else the later file or line.
with
casted as (
    select
        id as salesforce_account_id,
        master_record_id,
        trim(name) as name,
        trim(type) as account_type,
        trim(record_type) as record_type,
        parent_id,
        trim(parent_name) as parent_name,
        website_domain as domain,
        trim(industry) as industry,
        trim(ownership) as ownership,
        trim(billing_country) as billing_country,
        billing_country_code,
        trim(billing_state) as billing_state,
        trim(account_source) as account_source,
        upper(trim(currency_iso_code)) as currency,
        upper(trim(converted_currency)) as converted_currency,
        try_cast(annual_revenue as decimal(18, 4)) as annual_revenue,
        try_cast(converted_revenue as decimal(18, 4)) as converted_revenue,
        try_cast(round(try_cast(number_of_employees as decimal(18, 4))) as bigint) as employees,
        try_cast(round(try_cast(year_started as decimal(18, 4))) as bigint) as founded_year,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        try_cast(created_at as timestamp) as created_at,
        try_cast(modified_at as timestamp) as modified_at,
        source_order,
        source_path,
        source_line
    from lake.salesforce_account
),

ranked as (
    select
        salesforce_account_id,
        master_record_id,
        name,
        account_type,
        record_type,
        parent_id,
        parent_name,
        domain,
        industry,
        ownership,
        billing_country,
        billing_country_code,
        billing_state,
        account_source,
        currency,
        annual_revenue,
        converted_currency,
        converted_revenue,
        employees,
        founded_year,
        is_deleted,
        created_at,
        modified_at,
        source_path,
        source_line,
        row_number() over (
            partition by salesforce_account_id
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
    -- Record id, 18 characters. #not_null #unique
    salesforce_account_id,
    -- Survivor of a merge; NULL when the record was never merged away.
    master_record_id,
    -- Account name as in Salesforce.
    name,
    -- Type picklist (Prospect, Customer - Direct ...).
    account_type,
    -- Record type's name or id, where the org has record types.
    record_type,
    -- Parent account's record id.
    parent_id,
    -- Parent account's name, as reports have it.
    parent_name,
    -- Registrable domain of Website; NULL for free mail and social hosts.
    domain,
    -- Industry picklist value.
    industry,
    -- Ownership picklist value.
    ownership,
    -- Country as the source spells it.
    billing_country,
    -- ISO-2 country code where the file has one.
    billing_country_code,
    -- State or province.
    billing_state,
    -- How the account was found.
    account_source,
    -- Currency of the amounts; NULL in single-currency orgs.
    currency,
    -- Annual revenue in that currency.
    annual_revenue,
    -- Currency that a report shows revenue in besides; NULL means the home currency.
    converted_currency,
    -- The revenue as Salesforce converts it into that currency.
    converted_revenue,
    -- Headcount.
    employees,
    -- Year the company started.
    founded_year,
    -- In the recycle bin, or merged away. #not_null
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
