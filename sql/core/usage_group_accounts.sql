-- The account of each of the app's groups, where known. A standing mapping table counts before calls, and the newest
-- call before older ones. A group that nothing maps, but that is named like a CRM id, is that account.
with
stated as (
    select
        usage_groups.group_id,
        coalesce(by_key.account_id, by_domain.account_id) as account_id,
        row_number() over (
            partition by usage_groups.group_id
            order by
                usage_groups.received_at desc nulls first,
                case when coalesce(by_key.account_id, by_domain.account_id) is null then 1 else 0 end asc,
                usage_groups.account_key asc nulls last,
                usage_groups.domain asc nulls last,
                usage_groups.user_id asc nulls last
        ) as recency
    from staging.usage_groups
    left join core.account_references as by_key on usage_groups.account_key = by_key.reference
    left join core.account_references as by_domain on usage_groups.domain = by_domain.reference
    where usage_groups.account_key is not null or usage_groups.domain is not null
),

seen_groups as (
    select group_id from staging.usage_daily where group_id is not null
    union
    select group_id from staging.usage_groups
)

select
    -- The app's own account id. #not_null #unique
    seen_groups.group_id,
    -- Account it belongs to. #not_null #references[core.account_records.account_id]
    coalesce(stated.account_id, account_references.account_id) as account_id
from seen_groups
left join stated on seen_groups.group_id = stated.group_id and stated.recency = 1
left join core.account_references on seen_groups.group_id = account_references.reference
where coalesce(stated.account_id, account_references.account_id) is not null
