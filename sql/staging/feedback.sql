-- Opinions on accounts' tiers, one row per account, respondent and day: of several the newest file and the last line
-- count. Unfilled lines of a sheet are not opinions.
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
    -- Registrable domain, if the text is one.
    domain,
    -- Day of the opinion. #not_null
    try_cast(given_on as date) as given_on,
    -- Respondent's code, such as ae-3. #not_null
    respondent,
    -- Verdict on the tier; NULL if the line only names missing data. #accepted[agrees,too_high,too_low]
    verdict,
    -- Why, in a word or two.
    reason_code,
    -- What the data lack about the account, without addresses, numbers and names.
    missing,
    -- #not_null
    source_path,
    -- #not_null
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
