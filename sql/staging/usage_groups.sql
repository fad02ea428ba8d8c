-- What is known about the app's groups and users: one row per group, user, account key and domain.
-- Of repeated calls the newest stays.
with
ranked as (
    select
        usage_group.*,
        row_number() over (
            partition by group_id, user_id, account_key, domain
            order by
                try_cast(received_at as timestamp) desc nulls first,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.usage_group
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
    -- When the call was received (UTC); NULL for a standing mapping table.
    try_cast(received_at as timestamp) as received_at,
    source_path,
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
