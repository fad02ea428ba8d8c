-- Changes of stage, amount, probability or close date of Salesforce opportunities, one row per change.
-- Of several files the later file or line wins.
with
casted as (
    select
        id as history_id,
        opportunity_id,
        trim(stage_name) as stage_name,
        try_cast(amount as decimal(18, 4)) as amount,
        upper(trim(currency_iso_code)) as currency,
        try_cast(probability as double) as probability,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        try_cast(close_date as date) as close_date,
        try_cast(created_at as timestamp) as created_at,
        source_order,
        source_path,
        source_line
    from lake.salesforce_opportunity_history
),

ranked as (
    select
        history_id,
        opportunity_id,
        stage_name,
        amount,
        currency,
        probability,
        is_deleted,
        close_date,
        created_at,
        source_path,
        source_line,
        row_number() over (
            partition by history_id
            order by source_order desc nulls last, source_path desc nulls last, source_line desc nulls last
        ) as recency
    from casted
)

select
    -- Record id of the change. #not_null #unique
    history_id,
    -- Opportunity that changed. #not_null
    opportunity_id,
    -- Stage after the change.
    stage_name,
    -- Amount after the change, in its currency.
    amount,
    -- Currency of the amount; NULL means the opportunity's own.
    currency,
    -- Probability after the change, 0-100.
    probability,
    -- Deleted with its opportunity. #not_null
    is_deleted,
    -- Close date after the change.
    close_date,
    -- When the change was made, UTC.
    created_at,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1
