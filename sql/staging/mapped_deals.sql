-- Deals of any other CRM, one row per source and id.
-- If several rows have an id, the one modified last by the as-of date wins, else the later file or line.
with
ranked as (
    select
        deal.*,
        row_number() over (
            partition by source_name, id
            order by
                case when cast(try_cast(modified_at as timestamp) as date) > run.as_of then 1 else 0 end asc,
                try_cast(modified_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.deal
    cross join settings.run
)

select
    -- Key under `sources:` in icp.yaml. #not_null #unique_with[record_id]
    source_name,
    -- The source's own deal id. #not_null
    id as record_id,
    -- Account of the deal, as the source names it.
    account_id as account_reference,
    -- Stage, to be looked up in the source's stage table.
    trim(stage_id) as stage_id,
    trim(deal_type) as deal_type,
    trim(pipeline) as pipeline,
    trim(record_type) as record_type,
    trim(lead_source) as lead_source,
    -- Currency of the amount; NULL means dollars.
    upper(trim(currency)) as currency,
    -- Amount in that currency.
    try_cast(amount as decimal(18, 4)) as amount,
    -- Whether it is closed, by the flag; NULL if only the stage says.
    try_cast(is_closed as boolean) as is_closed,
    -- Whether it is won, by the flag; NULL if only the stage says.
    try_cast(is_won as boolean) as is_won,
    -- Whether it was deleted in the source. #not_null
    coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
    -- Actual close of a closed deal, forecast of an open one.
    try_cast(close_date as date) as close_date,
    -- When the deal was created (UTC).
    try_cast(created_at as timestamp) as created_at,
    -- When the deal was last modified (UTC).
    try_cast(modified_at as timestamp) as modified_at,
    -- Length of the contract in months, if a field has it.
    try_cast(term_months as decimal(18, 4)) as term_months,
    -- First day of the contract.
    try_cast(starts_on as date) as starts_on,
    -- Last day of the contract.
    try_cast(ends_on as date) as ends_on,
    source_path,
    source_line
from ranked
where recency = 1
