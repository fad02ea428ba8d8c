-- Product usage by account and day, up to the as-of date. Usage that no account could be found for is in core.usage_mapping.
select
    -- Account. #not_null #unique_with[usage_date] #references[core.account_records.account_id]
    coalesce(usage_group_accounts.account_id, usage_user_accounts.account_id) as account_id,
    -- Day, UTC. #not_null
    usage_daily.usage_date,
    -- Events on that day. #not_null
    cast(sum(usage_daily.events) as bigint) as events,
    -- Distinct users on that day; 0 when the events name none. #not_null
    count(distinct usage_daily.user_id) as active_users
from staging.usage_daily
cross join settings.run
left join core.usage_group_accounts on usage_daily.group_id = usage_group_accounts.group_id
left join core.usage_user_accounts
    on usage_daily.user_id = usage_user_accounts.user_id
    and usage_daily.group_id is null
where
    usage_daily.usage_date <= run.as_of
    and coalesce(usage_group_accounts.account_id, usage_user_accounts.account_id) is not null
group by
    coalesce(usage_group_accounts.account_id, usage_user_accounts.account_id),
    usage_daily.usage_date
