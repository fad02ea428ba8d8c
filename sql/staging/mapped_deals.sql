-- Deals of any other CRM, one row per source and id.
-- Of several files the newest row of an id wins: modified last by the as-of date, else the later file or line.
with
casted as (
    select
        source_name,
        id as record_id,
        account_id as account_reference,
        trim(stage_id) as stage_id,
        trim(deal_type) as deal_type,
        trim(pipeline) as pipeline,
        trim(record_type) as record_type,
        trim(lead_source) as lead_source,
        upper(trim(currency)) as currency,
        try_cast(amount as decimal(18, 4)) as amount,
        try_cast(is_closed as boolean) as is_closed,
        try_cast(is_won as boolean) as is_won,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        try_cast(close_date as date) as close_date,
        try_cast(created_at as timestamp) as created_at,
        try_cast(modified_at as timestamp) as modified_at,
        try_cast(term_months as decimal(18, 4)) as term_months,
        try_cast(starts_on as date) as starts_on,
        try_cast(ends_on as date) as ends_on,
        source_order,
        source_path,
        source_line
    from lake.deal
),

ranked as (
    select
        source_name,
        record_id,
        account_reference,
        stage_id,
        deal_type,
        pipeline,
        record_type,
        lead_source,
        currency,
        amount,
        is_closed,
        is_won,
        is_deleted,
        close_date,
        created_at,
        modified_at,
        term_months,
        starts_on,
        ends_on,
        source_path,
        source_line,
        row_number() over (
            partition by source_name, record_id
            order by
                case when cast(modified_at as date) > run.as_of then 1 else 0 end asc,
                modified_at desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from casted
    cross join settings.run
)

select
    -- Key under `sources:` in the settings. #not_null #unique_with[record_id]
    source_name,
    -- The source's own deal id. #not_null
    record_id,
    -- Account the deal hangs on, as the source names it.
    account_reference,
    -- Stage, to be looked up in the source's stage table.
    stage_id,
    -- Type as the source spells it, such as New Business or Renewal.
    deal_type,
    -- Pipeline label or id.
    pipeline,
    -- Record type's name or id.
    record_type,
    -- Lead source as the source spells it.
    lead_source,
    -- Currency of the amount; NULL means dollars.
    currency,
    -- Amount in that currency.
    amount,
    -- Closed, by the flag; NULL when only the stage tells.
    is_closed,
    -- Won, by the flag; NULL when only the stage tells.
    is_won,
    -- Deleted in the source. #not_null
    is_deleted,
    -- Actual close of a closed deal, forecast of an open one.
    close_date,
    -- Deal created, UTC.
    created_at,
    -- Deal last changed, UTC.
    modified_at,
    -- Months that the contract runs, where a field says it.
    term_months,
    -- First day of the contract.
    starts_on,
    -- Last day of the contract.
    ends_on,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1
