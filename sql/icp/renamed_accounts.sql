-- One row per former id of an account that goes on under another one today. Accounts that were merged into another one,
-- or are gone, have no row.
with
-- As past runs saw it, and as this one does.
renamed as (
    select key_value as account_id, account_id as later_account_id
    from history.account_references
    where key_type = 'account'
),

moved as (
    select account_id, now_account_id
    from icp.account_successors
    where fate = 'moved'
),

followed as (
    select renamed.account_id, coalesce(moved.now_account_id, renamed.later_account_id) as now_account_id
    from renamed
    left join moved on renamed.later_account_id = moved.account_id
    union
    select moved.account_id, moved.now_account_id
    from moved
    left join renamed on moved.account_id = renamed.account_id
    where renamed.account_id is null
)

select
    -- Account id in a past run. #not_null #unique
    account_id,
    -- Account id today. #not_null
    now_account_id
from followed
where account_id <> now_account_id
