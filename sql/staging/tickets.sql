-- Support tickets, one row per source folder and id.
-- Of several rows of an id the one modified last wins, else that of the later file or line.
with
ranked as (
    select
        ticket.*,
        row_number() over (
            partition by coalesce(split_part(source_path, '/', 1) || ':', '') || id
            order by
                try_cast(modified_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.ticket
)

select
    -- Ticket: source folder and id. #not_null #unique
    coalesce(split_part(source_path, '/', 1) || ':', '') || id as ticket_id,
    -- CRM id of the account.
    account_key,
    -- Registrable domain of the requester.
    domain,
    -- Requester's organization as named in the help desk.
    trim(organization) as organization,
    -- Status at the time of the export.
    lower(trim(status)) as ticket_status,
    -- Priority.
    lower(trim(priority)) as priority,
    -- Satisfaction answer.
    lower(trim(satisfaction)) as satisfaction,
    -- Whether it was closed by being merged into another ticket. #not_null
    coalesce(try_cast(is_merged as boolean), false) as is_merged,
    -- Whether its tags or type say that it asks for a feature; NULL if neither is exported.
    try_cast(is_feature_request as boolean) as is_feature_request,
    -- When it was opened (UTC).
    try_cast(created_at as timestamp) as created_at,
    -- When it was solved (UTC).
    try_cast(solved_at as timestamp) as solved_at,
    source_path,
    source_line
from ranked
where
    recency = 1
    and not coalesce(try_cast(is_deleted as boolean), false)
    and not coalesce(lower(trim(status)) = 'deleted', false)
