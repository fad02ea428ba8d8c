-- Opinions on accounts' tiers, one row per account, respondent and day: of several the newest file and the last line
-- count. Lines of a sheet that nobody has filled in are no opinions.
with
casted as (
    select
        account_key,
        domain,
        try_cast(given_on as date) as given_on,
        respondent,
        verdict,
        reason_code,
        missing,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_order,
        source_path,
        source_line
    from lake.feedback
    where verdict is not null or missing is not null
),

ranked as (
    select
        account_key,
        domain,
        given_on,
        respondent,
        verdict,
        reason_code,
        missing,
        is_deleted,
        source_path,
        source_line,
        row_number() over (
            partition by account_key, respondent, given_on
            order by source_order desc nulls last, source_path desc nulls last, source_line desc nulls last
        ) as recency
    from casted
)

select
    -- CRM id or domain as written. #not_null #unique_with[respondent,given_on]
    account_key,
    -- Registrable domain, when what was written is one.
    domain,
    -- Day of the opinion. #not_null
    given_on,
    -- Whose it is, as a code. #not_null
    respondent,
    -- What somebody thinks of the tier; NULL where only something missing was named. #accepted[agrees,too_high,too_low]
    verdict,
    -- Why, in a word or two.
    reason_code,
    -- What the data do not know of the account, without addresses, numbers and names.
    missing,
    -- Landed file this row came from. #not_null
    source_path,
    -- Line of the row in that file. #not_null
    source_line
from ranked
where recency = 1 and not is_deleted
