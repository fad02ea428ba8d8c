-- The account of each of the app's users, for events that name no group: the account of the newest group the user was
-- seen in.
with
ranked as (
    select
        usage_groups.user_id,
        usage_group_accounts.account_id,
        row_number() over (
            partition by usage_groups.user_id
            order by usage_groups.received_at desc nulls last, usage_groups.group_id asc
        ) as recency
    from staging.usage_groups
    inner join core.usage_group_accounts on usage_groups.group_id = usage_group_accounts.group_id
    where usage_groups.user_id is not null
)

select
    -- The app's user id. #not_null #unique
    user_id,
    -- Account the user belongs to. #not_null
    account_id
from ranked
where recency = 1
