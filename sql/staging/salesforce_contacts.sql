-- Salesforce contacts, one row per record id; deleted ones are left out. About the person only role, seniority and
-- domain. If several rows have an id, the one modified last by the as-of date wins, else the later file or line.
with
ranked as (
    select
        salesforce_contact.*,
        row_number() over (
            partition by id
            order by
                case when cast(try_cast(modified_at as timestamp) as date) > run.as_of then 1 else 0 end asc,
                try_cast(modified_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.salesforce_contact
    cross join settings.run
)

select
    -- Record id, 18 characters. #not_null #unique
    id as salesforce_contact_id,
    -- Account of the contact.
    account_id as salesforce_account_id,
    -- Registrable domain of the address; NULL for free mail.
    email_domain as domain,
    -- Role from the job title.
    role,
    -- Seniority from the job title.
    seniority,
    -- When the record was created (UTC).
    try_cast(created_at as timestamp) as created_at,
    source_path,
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
