-- Which account a mapped deal hangs on, where a table of its own says so.
with
ranked as (
    select
        deal_account.*,
        row_number() over (
            partition by source_name, deal_id, account_id
            order by source_order desc nulls last, source_path desc nulls last, source_line desc nulls last
        ) as recency
    from lake.deal_account
)

select
    -- Key under `sources:` in the settings. #unique_with[deal_reference,account_reference]
    source_name,
    -- The source's deal id. #not_null
    deal_id as deal_reference,
    -- The source's account id. #not_null
    account_id as account_reference,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
