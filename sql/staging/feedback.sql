-- Opinions on accounts' tiers, one row per account, respondent and day: of several the newest file and the last line
-- count. Lines of a sheet that nobody has filled in are no opinions.
with
ranked as (
    select
        feedback.*,
        row_number() over (
            partition by account_key, respondent, try_cast(given_on as date)
            order by source_order desc nulls last, source_path desc nulls last, source_line desc nulls last
        ) as recency
    from lake.feedback
    where verdict is not null or missing is not null
)

select
    -- CRM id or domain as written. #not_null #unique_with[respondent,given_on]
    account_key,
    -- Registrable domain, when what was written is one.
    domain,
    -- Day of the opinion. #not_null
    try_cast(given_on as date) as given_on,
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
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
