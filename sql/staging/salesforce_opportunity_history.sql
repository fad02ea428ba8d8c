-- Changes of stage, amount, probability or close date of Salesforce opportunities, one row per change.
-- If an id is in several files, the later file or line wins.
with
ranked as (
    select
        salesforce_opportunity_history.*,
        row_number() over (
            partition by id
            order by source_order desc nulls last, source_path desc nulls last, source_line desc nulls last
        ) as recency
    from lake.salesforce_opportunity_history
)

select
    -- Record id of the change. #not_null #unique
    id as history_id,
    -- Opportunity that changed. #not_null
    opportunity_id,
    -- Stage after the change.
    trim(stage_name) as stage_name,
    -- Amount after the change, in its currency.
    try_cast(amount as decimal(18, 4)) as amount,
    -- Currency of the amount; NULL means the opportunity's own.
    upper(trim(currency_iso_code)) as currency,
    -- Probability after the change, 0-100.
    try_cast(probability as double) as probability,
    -- Whether it was deleted with its opportunity. #not_null
    coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
    -- Close date after the change.
    try_cast(close_date as date) as close_date,
    -- When the change was made, UTC.
    try_cast(created_at as timestamp) as created_at,
    source_path,
    source_line
from ranked
where recency = 1
