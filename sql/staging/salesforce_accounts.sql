-- Salesforce accounts, one row per record id, deleted and merged ones included.
-- If several rows have an id, the one modified last by the as-of date wins, else the later file or line.
with
ranked as (
    select
        salesforce_account.*,
        row_number() over (
            partition by id
            order by
                case when cast(try_cast(modified_at as timestamp) as date) > run.as_of then 1 else 0 end asc,
                try_cast(modified_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.salesforce_account
    cross join settings.run
)

select
    -- Record id, 18 characters. #not_null #unique
    id as salesforce_account_id,
    -- Survivor of a merge; NULL when the record was never merged away.
    master_record_id,
    -- Account name as in Salesforce.
    trim(name) as name,
    -- Type picklist (Prospect, Customer - Direct ...).
    trim(type) as account_type,
    trim(record_type) as record_type,
    -- Parent account's record id.
    parent_id,
    -- Parent account's name, as reports have it.
    trim(parent_name) as parent_name,
    -- Registrable domain of Website; NULL for free mail and social hosts.
    website_domain as domain,
    -- Industry picklist value.
    trim(industry) as industry,
    -- Ownership picklist value.
    trim(ownership) as ownership,
    -- Country as the source spells it.
    trim(billing_country) as billing_country,
    -- ISO-2 country code if the file has one.
    billing_country_code,
    -- State or province.
    trim(billing_state) as billing_state,
    -- How the account was found.
    trim(account_source) as account_source,
    -- Currency of the amounts; NULL in single-currency orgs.
    upper(trim(currency_iso_code)) as currency,
    -- Annual revenue in that currency.
    try_cast(annual_revenue as decimal(18, 4)) as annual_revenue,
    -- Currency of the converted revenue in a report; NULL means the home currency.
    upper(trim(converted_currency)) as converted_currency,
    -- The revenue as Salesforce converts it into that currency.
    try_cast(converted_revenue as decimal(18, 4)) as converted_revenue,
    -- Headcount.
    try_cast(round(try_cast(number_of_employees as decimal(18, 4))) as bigint) as employees,
    -- Year the company started.
    try_cast(round(try_cast(year_started as decimal(18, 4))) as bigint) as founded_year,
    -- Whether it is in the recycle bin or merged into another record. #not_null
    coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
    -- When the record was created (UTC).
    try_cast(created_at as timestamp) as created_at,
    -- When the record was last modified (UTC).
    try_cast(modified_at as timestamp) as modified_at,
    source_path,
    source_line
from ranked
where recency = 1
