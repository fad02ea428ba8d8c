-- Product usage by account and day, up to the as-of date. Usage without a known account is counted in
-- core.usage_mapping. #by[usage_date]
with
usage_of_accounts as (
    select
        coalesce(usage_group_accounts.account_id, usage_user_accounts.account_id) as account_id,
        usage_daily.usage_date,
        usage_daily.user_id,
        usage_daily.events
    from staging.usage_daily
    cross join settings.run
    left join core.usage_group_accounts on usage_daily.group_id = usage_group_accounts.group_id
    -- As a single equality: with a second condition DuckDB 1.5 compares every event with every user.
    left join core.usage_user_accounts
        on case when usage_daily.group_id is null then usage_daily.user_id end = usage_user_accounts.user_id
    where
        usage_daily.usage_date <= run.as_of
        and coalesce(usage_group_accounts.account_id, usage_user_accounts.account_id) is not null
),

-- One row per user and day first: counting these is twice as fast as counting distinct users.
usage_of_users as (
    select account_id, usage_date, user_id, cast(sum(events) as bigint) as events
    from usage_of_accounts
    group by account_id, usage_date, user_id
)

select
    -- #not_null #unique_with[usage_date] #references[core.account_records.account_id]
    account_id,
    -- Day (UTC). #not_null
    usage_date,
    -- Events on that day. #not_null
    cast(sum(events) as bigint) as events,
    -- Distinct users on that day; 0 if the events name no users. #not_null
    count(user_id) as active_users
from usage_of_users
group by account_id, usage_date
