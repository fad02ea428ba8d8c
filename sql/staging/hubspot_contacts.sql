-- HubSpot contacts, one row per record id; deleted ones are left out. About the person only role, seniority and domain.
-- If several rows have an id, the one modified last by the as-of date wins, else the later file or line.
with
ranked as (
    select
        hubspot_contact.*,
        row_number() over (
            partition by id
            order by
                case when cast(try_cast(modified_at as timestamp) as date) > run.as_of then 1 else 0 end asc,
                try_cast(modified_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.hubspot_contact
    cross join settings.run
)

select
    -- Record ID. #not_null #unique
    id as hubspot_contact_id,
    -- Record ID of the primary company, else of the first of several.
    company_id as hubspot_company_id,
    -- Whether it has several companies, none of them marked as primary. #not_null
    coalesce(try_cast(is_ambiguous as boolean), false) as is_ambiguous,
    -- Registrable domain of the address; NULL for free mail.
    email_domain as domain,
    -- Whether the address is with a free mail provider; NULL without an address.
    try_cast(is_free_mail as boolean) as is_free_mail,
    -- Role from the job title.
    role,
    -- Seniority from the job title.
    seniority,
    -- Lifecycle stage as exported.
    trim(lifecycle_stage) as lifecycle_stage,
    -- Lead status as exported.
    trim(lead_status) as lead_status,
    -- Where the contact came from, as HubSpot says.
    trim(lead_source) as lead_source,
    -- When the record was created (UTC).
    try_cast(created_at as timestamp) as created_at,
    source_path,
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
