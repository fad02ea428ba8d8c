-- Leads of any other CRM, one row per source and id; deleted ones are left out. Of the person only role, seniority and domain.
-- Of several rows of an id the newest wins: modified last by the as-of date, else the later file or line.
with
casted as (
    select
        source_name,
        id as record_id,
        account_id as account_key,
        coalesce(domain, email_domain) as domain,
        try_cast(is_free_mail as boolean) as is_free_mail,
        role,
        seniority,
        trim(industry) as industry,
        trim(sub_industry) as sub_industry,
        trim(country) as country,
        country_code,
        trim(region) as region,
        trim(ownership) as ownership,
        trim(business_model) as business_model,
        trim(growth_stage) as growth_stage,
        try_cast(round(try_cast(number_of_employees as decimal(18, 4))) as bigint) as employees,
        try_cast(round(try_cast(founded_year as decimal(18, 4))) as bigint) as founded_year,
        trim(lead_source) as lead_source,
        trim(form) as form,
        coalesce(try_cast(is_converted as boolean), false) as is_converted,
        try_cast(converted_at as date) as converted_on,
        try_cast(created_at as timestamp) as created_at,
        try_cast(modified_at as timestamp) as modified_at,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_order,
        source_path,
        source_line
    from lake.lead
),

ranked as (
    select
        source_name,
        record_id,
        account_key,
        domain,
        is_free_mail,
        role,
        seniority,
        industry,
        sub_industry,
        country,
        country_code,
        region,
        ownership,
        business_model,
        growth_stage,
        employees,
        founded_year,
        lead_source,
        form,
        is_converted,
        converted_on,
        created_at,
        is_deleted,
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
    -- The source's own id. #not_null
    record_id,
    -- The source's own id of the account that the lead is linked to.
    account_key,
    -- Registrable domain of the website, else of the address.
    domain,
    -- The address is one of a mail provider for everybody; NULL where there is no address.
    is_free_mail,
    -- Role that the title names.
    role,
    -- Seniority that the title names.
    seniority,
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
    -- Headcount.
    employees,
    -- Year founded.
    founded_year,
    -- Where the lead came from.
    lead_source,
    -- Form that was sent off.
    form,
    -- Converted into an account. #not_null
    is_converted,
    -- Day of the conversion.
    converted_on,
    -- Record created, UTC.
    created_at,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1 and not is_deleted
