-- Tiers that people chose for accounts, one row per account as written and ICP: of several the newest file and the last
-- line count, which quality.repeat_warnings reports. Overrides that have ended stay here; icp.overrides says which are
-- active.
with
ranked as (
    select
        override.*,
        row_number() over (
            partition by account_key, icp_id
            order by source_order desc nulls last, source_path desc nulls last, source_line desc nulls last
        ) as recency
    from lake.override
)

select
    -- CRM id or domain as written. #not_null #unique_with[icp_id]
    account_key,
    -- Registrable domain, if the text is one.
    domain,
    -- ICP; `primary` where none was written. #not_null
    icp_id,
    -- Tier that was chosen. #not_null #accepted[tier_1,tier_2,tier_3,not_icp]
    tier,
    -- Why, in a word or two.
    reason_code,
    -- Why in a sentence, without addresses, numbers and names.
    reason,
    -- Respondent's code, such as ae-3. #not_null
    overridden_by,
    -- Last day on which it is valid. #not_null
    try_cast(until as date) as until,
    -- Place of its file among those of overrides, the newest last: two spellings of one account meet later.
    source_order,
    -- #not_null
    source_path,
    -- #not_null
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
