-- HubSpot contacts, one row per record id; deleted ones are left out. Of the person only role, seniority and domain.
-- Of several rows of an id the newest wins: modified last by the as-of date, else the later file or line.
with
casted as (
    select
        id as hubspot_contact_id,
        company_id as hubspot_company_id,
        coalesce(try_cast(is_ambiguous as boolean), false) as is_ambiguous,
        email_domain as domain,
        try_cast(is_free_mail as boolean) as is_free_mail,
        role,
        seniority,
        trim(lifecycle_stage) as lifecycle_stage,
        trim(lead_status) as lead_status,
        trim(lead_source) as lead_source,
        try_cast(created_at as timestamp) as created_at,
        try_cast(modified_at as timestamp) as modified_at,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_order,
        source_path,
        source_line
    from lake.hubspot_contact
),

ranked as (
    select
        hubspot_contact_id,
        hubspot_company_id,
        is_ambiguous,
        domain,
        is_free_mail,
        role,
        seniority,
        lifecycle_stage,
        lead_status,
        lead_source,
        created_at,
        is_deleted,
        source_path,
        source_line,
        row_number() over (
            partition by hubspot_contact_id
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
    hubspot_contact_id,
    -- Record ID of the primary company, else of the first of several.
    hubspot_company_id,
    -- Several companies, none of them marked as primary. #not_null
    is_ambiguous,
    -- Registrable domain of the address; NULL for free mail.
    domain,
    -- The address is one of a mail provider for everybody; NULL where there is no address.
    is_free_mail,
    -- Role that the title names.
    role,
    -- Seniority that the title names.
    seniority,
    -- Lifecycle stage as exported.
    lifecycle_stage,
    -- Lead status as exported.
    lead_status,
    -- Where the contact came from, as HubSpot says.
    lead_source,
    -- Record created, UTC.
    created_at,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1 and not is_deleted
