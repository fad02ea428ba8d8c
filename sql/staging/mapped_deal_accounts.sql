-- The account of each mapped deal, where the CRM exports these pairs as a file of their own.
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
    -- Key under `sources:` in icp.yaml. #unique_with[deal_reference,account_reference]
    source_name,
    -- The source's deal id. #not_null
    deal_id as deal_reference,
    -- The source's account id. #not_null
    account_id as account_reference,
    source_path,
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
