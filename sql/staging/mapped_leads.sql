-- Leads of any other CRM, one row per source and id; deleted ones are left out. About the person only role, seniority
-- and domain. If several rows have an id, the one modified last by the as-of date wins, else the later file or line.
with
ranked as (
    select
        lead.*,
        row_number() over (
            partition by source_name, id
            order by
                case when cast(try_cast(modified_at as timestamp) as date) > run.as_of then 1 else 0 end asc,
                try_cast(modified_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.lead
    cross join settings.run
)

select
    -- Key under `sources:` in icp.yaml. #not_null #unique_with[record_id]
    source_name,
    -- The source's own id. #not_null
    id as record_id,
    -- The source's own id of the account that the lead is linked to.
    account_id as account_key,
    -- Registrable domain of the website, else of the address.
    coalesce(domain, email_domain) as domain,
    -- Whether the address is with a free mail provider; NULL without an address.
    try_cast(is_free_mail as boolean) as is_free_mail,
    -- Role from the job title.
    role,
    -- Seniority from the job title.
    seniority,
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
    -- Headcount.
    try_cast(round(try_cast(number_of_employees as decimal(18, 4))) as bigint) as employees,
    -- Year founded.
    try_cast(round(try_cast(founded_year as decimal(18, 4))) as bigint) as founded_year,
    -- Where the lead came from.
    trim(lead_source) as lead_source,
    -- Name of the form.
    trim(form) as form,
    -- Whether it was converted into an account. #not_null
    coalesce(try_cast(is_converted as boolean), false) as is_converted,
    -- Day of the conversion.
    try_cast(converted_at as date) as converted_on,
    -- When the record was created (UTC).
    try_cast(created_at as timestamp) as created_at,
    source_path,
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
