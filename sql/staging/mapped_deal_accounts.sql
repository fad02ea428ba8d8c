-- Which account a mapped deal hangs on, where a table of its own says so.
with
casted as (
    select
        source_name,
        deal_id as deal_reference,
        account_id as account_reference,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_order,
        source_path,
        source_line
    from lake.deal_account
),

ranked as (
    select
        source_name,
        deal_reference,
        account_reference,
        is_deleted,
        source_path,
        source_line,
        row_number() over (
            partition by source_name, deal_reference, account_reference
            order by source_order desc nulls last, source_path desc nulls last, source_line desc nulls last
        ) as recency
    from casted
)

select
    -- Key under `sources:` in the settings. #unique_with[deal_reference,account_reference]
    source_name,
    -- The source's deal id. #not_null
    deal_reference,
    -- The source's account id. #not_null
    account_reference,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1 and not is_deleted
