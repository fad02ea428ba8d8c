-- Support tickets, one row per source folder and id.
-- Of several rows of an id the one modified last wins, else that of the later file or line.
with
casted as (
    select
        coalesce(split_part(source_path, '/', 1) || ':', '') || id as ticket_id,
        account_key,
        domain,
        trim(organization) as organization,
        lower(trim(status)) as ticket_status,
        lower(trim(priority)) as priority,
        lower(trim(satisfaction)) as satisfaction,
        coalesce(try_cast(is_merged as boolean), false) as is_merged,
        try_cast(is_feature_request as boolean) as is_feature_request,
        try_cast(created_at as timestamp) as created_at,
        try_cast(modified_at as timestamp) as modified_at,
        try_cast(solved_at as timestamp) as solved_at,
        coalesce(try_cast(is_deleted as boolean), false) or coalesce(lower(trim(status)) = 'deleted', false)
            as is_deleted,
        source_order,
        source_path,
        source_line
    from lake.ticket
),

ranked as (
    select
        ticket_id,
        account_key,
        domain,
        organization,
        ticket_status,
        priority,
        satisfaction,
        is_merged,
        is_feature_request,
        created_at,
        solved_at,
        is_deleted,
        source_path,
        source_line,
        row_number() over (
            partition by ticket_id
            order by
                modified_at desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from casted
)

select
    -- Ticket, known by its source folder and id. #not_null #unique
    ticket_id,
    -- CRM id of the account.
    account_key,
    -- Registrable domain of the requester.
    domain,
    -- Requester's organization as named in the help desk.
    organization,
    -- Status at the time of the export.
    ticket_status,
    -- Priority.
    priority,
    -- Satisfaction answer.
    satisfaction,
    -- Closed by being merged into another ticket. #not_null
    is_merged,
    -- Its tags or type say that it asks for a feature; NULL where neither is exported.
    is_feature_request,
    -- Opened, UTC.
    created_at,
    -- Solved, UTC.
    solved_at,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1 and not is_deleted
