-- HubSpot deals, one row per record id.
-- If several rows have an id, the one modified last by the as-of date wins, else the later file or line.
with
ranked as (
    select
        hubspot_deal.*,
        row_number() over (
            partition by id
            order by
                case when cast(try_cast(modified_at as timestamp) as date) > run.as_of then 1 else 0 end asc,
                try_cast(modified_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.hubspot_deal
    cross join settings.run
)

select
    -- Record ID. #not_null #unique
    id as deal_id,
    -- Primary company, else the first associated one.
    company_id as hubspot_company_id,
    trim(pipeline) as pipeline,
    -- Stage label or id; decides won or lost only in a file without the flags.
    trim(deal_stage) as deal_stage,
    -- New or existing business.
    trim(deal_type) as deal_type,
    -- Currency of the amount; NULL in single-currency portals.
    upper(trim(currency)) as currency,
    -- Amount in that currency.
    try_cast(amount as decimal(18, 4)) as amount,
    -- Amount in the portal's own currency, by HubSpot's rate.
    try_cast(amount_in_home_currency as decimal(18, 4)) as amount_in_home_currency,
    -- Currency of that amount where the file says it; NULL means the home currency.
    upper(trim(home_currency)) as home_currency,
    -- What decided how the deal ended: flag, stage, probability or nothing.
    outcome_from,
    -- Whether it is closed, by the flags, else by the stage. #not_null
    coalesce(try_cast(is_closed as boolean), try_cast(is_closed_won as boolean), false) as is_closed,
    -- Whether it is won, by the flag, else by the stage. #not_null
    coalesce(try_cast(is_closed_won as boolean), false) as is_won,
    -- Whether the export named no primary company. #not_null
    coalesce(try_cast(company_id_is_guess as boolean), false) as is_company_guessed,
    -- Close date: the day that the portal shows.
    try_cast(close_date as date) as closed_at,
    -- When the deal was created (UTC).
    try_cast(created_at as timestamp) as created_at,
    -- When the deal was last modified (UTC).
    try_cast(modified_at as timestamp) as modified_at,
    -- The Salesforce opportunity that the deal is synced with, where the export names it.
    salesforce_opportunity_id,
    -- Length of the contract in months, if a field has it.
    try_cast(term_months as decimal(18, 4)) as term_months,
    -- First day of the contract.
    try_cast(starts_on as date) as starts_on,
    -- Last day of the contract.
    try_cast(ends_on as date) as ends_on,
    source_path,
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
