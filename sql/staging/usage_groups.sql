-- What is known about the app's groups and users: one row per group, user, account key and domain.
-- Of repeated calls the newest stays.
with
casted as (
    select
        group_id,
        user_id,
        account_key,
        domain,
        try_cast(received_at as timestamp) as received_at,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_order,
        source_path,
        source_line
    from lake.usage_group
),

ranked as (
    select
        group_id,
        user_id,
        account_key,
        domain,
        received_at,
        is_deleted,
        source_path,
        source_line,
        row_number() over (
            partition by group_id, user_id, account_key, domain
            order by
                received_at desc nulls first,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from casted
)

select
    -- The app's own account id. #not_null #unique_with[user_id,account_key,domain]
    group_id,
    -- A user seen in the group.
    user_id,
    -- CRM id the group belongs to.
    account_key,
    -- Registrable domain the group belongs to.
    domain,
    -- When this was said, UTC; NULL for a standing mapping table.
    received_at,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1 and not is_deleted
