-- One row per account that a list says nobody may approach on the as-of date. A domain stands for every account that
-- has it, and an id for every account that it leads to: if in doubt which account is meant, none is approached.
with
listed as (
    select suppressions.account_key, suppressions.domain, suppressions.reason, suppressions.until
    from staging.suppressions
    cross join settings.run
    where suppressions.until is null or suppressions.until >= run.as_of
),

matched as (
    select account_keys.account_id, listed.reason, listed.until
    from listed
    inner join core.account_keys on listed.account_key = account_keys.key_value
    union all
    select account_domains.account_id, listed.reason, listed.until
    from listed
    inner join core.account_domains on listed.domain = account_domains.domain
)

select
    -- #not_null #unique #references[core.account_records.account_id]
    matched.account_id,
    -- Reason given in the list; alphabetically first if several lines name the account.
    min(matched.reason) as reason,
    -- Last day on which it holds; NULL if a line has no end date.
    case when count(*) = count(matched.until) then max(matched.until) end as until
from matched
group by matched.account_id
