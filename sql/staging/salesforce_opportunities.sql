-- Salesforce opportunities, one row per record id, deleted ones included.
-- If several rows have an id, the one modified last by the as-of date wins, else the later file or line.
with
ranked as (
    select
        salesforce_opportunity.*,
        row_number() over (
            partition by id
            order by
                case when cast(try_cast(modified_at as timestamp) as date) > run.as_of then 1 else 0 end asc,
                try_cast(modified_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.salesforce_opportunity
    cross join settings.run
)

select
    -- Record id, 18 characters. #not_null #unique
    id as opportunity_id,
    -- Account of the opportunity.
    account_id as salesforce_account_id,
    -- Stage label; decides won or lost only in a file without the flags.
    trim(stage_name) as stage_name,
    -- New business, existing business ...
    trim(type) as opportunity_type,
    trim(record_type) as record_type,
    -- Lead source picklist value.
    trim(lead_source) as lead_source,
    -- Currency of the amount; NULL in single-currency orgs.
    upper(trim(currency_iso_code)) as currency,
    -- Amount in that currency.
    try_cast(amount as decimal(18, 4)) as amount,
    -- Currency of the converted amounts in a report; NULL means the home currency.
    upper(trim(converted_currency)) as converted_currency,
    -- The amount as Salesforce converts it into that currency.
    try_cast(converted_amount as decimal(18, 4)) as converted_amount,
    -- What decided how the deal ended: flag, stage, probability or nothing.
    outcome_from,
    -- Whether it is closed, by the flag, else by the stage. #not_null
    coalesce(try_cast(is_closed as boolean), false) as is_closed,
    -- Whether it is won, by the flag, else by the stage. #not_null
    coalesce(try_cast(is_won as boolean), false) as is_won,
    -- Whether it is in the recycle bin. #not_null
    coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
    -- Actual close of a closed deal, forecast of an open one.
    try_cast(close_date as date) as close_date,
    -- When the record was created (UTC).
    try_cast(created_at as timestamp) as created_at,
    -- When the record was last modified (UTC).
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
