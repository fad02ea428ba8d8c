-- Contacts of any other CRM, one row per source and id; deleted ones are left out. About the person only role,
-- seniority and domain. Of several rows of an id the newest wins: modified last by the as-of date, else the later file
-- or line.
with
ranked as (
    select
        contact.*,
        row_number() over (
            partition by source_name, id
            order by
                case when cast(try_cast(modified_at as timestamp) as date) > run.as_of then 1 else 0 end asc,
                try_cast(modified_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.contact
    cross join settings.run
)

select
    -- Key under `sources:` in icp.yaml. #not_null #unique_with[record_id]
    source_name,
    -- The source's own id. #not_null
    id as record_id,
    -- The source's own id of the account.
    account_id as account_key,
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
