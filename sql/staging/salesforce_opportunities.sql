-- Salesforce opportunities, one row per record id, deleted ones included.
-- Of several files the newest row of an id wins: modified last by the as-of date, else the later file or line.
with
casted as (
    select
        id as opportunity_id,
        account_id as salesforce_account_id,
        trim(stage_name) as stage_name,
        trim(type) as opportunity_type,
        trim(record_type) as record_type,
        trim(lead_source) as lead_source,
        upper(trim(currency_iso_code)) as currency,
        upper(trim(converted_currency)) as converted_currency,
        try_cast(amount as decimal(18, 4)) as amount,
        try_cast(converted_amount as decimal(18, 4)) as converted_amount,
        outcome_from,
        coalesce(try_cast(is_closed as boolean), false) as is_closed,
        coalesce(try_cast(is_won as boolean), false) as is_won,
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
    from lake.salesforce_opportunity
),

ranked as (
    select
        opportunity_id,
        salesforce_account_id,
        stage_name,
        opportunity_type,
        record_type,
        lead_source,
        currency,
        amount,
        converted_currency,
        converted_amount,
        outcome_from,
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
            partition by opportunity_id
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
    -- Record id, 18 characters. #not_null #unique
    opportunity_id,
    -- Account the opportunity hangs on.
    salesforce_account_id,
    -- Stage label; tells won from lost only in a file without the flags.
    stage_name,
    -- New business, existing business ...
    opportunity_type,
    -- Record type's name or id.
    record_type,
    -- Lead source picklist value.
    lead_source,
    -- Currency of the amount; NULL in single-currency orgs.
    currency,
    -- Amount in that currency.
    amount,
    -- Currency that a report shows amounts in besides; NULL means the home currency.
    converted_currency,
    -- The amount as Salesforce converts it into that currency.
    converted_amount,
    -- What told how the deal ended: flag, stage, probability or nothing.
    outcome_from,
    -- Closed, by the flag, else by the stage. #not_null
    is_closed,
    -- Won, by the flag, else by the stage. #not_null
    is_won,
    -- In the recycle bin. #not_null
    is_deleted,
    -- Actual close of a closed deal, forecast of an open one.
    close_date,
    -- Record created, UTC.
    created_at,
    -- Record last changed, UTC.
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
