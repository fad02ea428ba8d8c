-- HubSpot deals, one row per record id.
-- Of several files the newest row of an id wins: modified last by the as-of date, else the later file or line.
with
casted as (
    select
        id as deal_id,
        company_id as hubspot_company_id,
        trim(pipeline) as pipeline,
        trim(deal_stage) as deal_stage,
        trim(deal_type) as deal_type,
        upper(trim(currency)) as currency,
        try_cast(amount as decimal(18, 4)) as amount,
        try_cast(amount_in_home_currency as decimal(18, 4)) as amount_in_home_currency,
        upper(trim(home_currency)) as home_currency,
        outcome_from,
        coalesce(try_cast(is_closed as boolean), try_cast(is_closed_won as boolean), false) as is_closed,
        coalesce(try_cast(is_closed_won as boolean), false) as is_won,
        coalesce(try_cast(company_id_is_guess as boolean), false) as is_company_guessed,
        try_cast(close_date as date) as closed_at,
        try_cast(created_at as timestamp) as created_at,
        try_cast(modified_at as timestamp) as modified_at,
        try_cast(term_months as decimal(18, 4)) as term_months,
        try_cast(starts_on as date) as starts_on,
        try_cast(ends_on as date) as ends_on,
        salesforce_opportunity_id,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_order,
        source_path,
        source_line
    from lake.hubspot_deal
),

ranked as (
    select
        deal_id,
        hubspot_company_id,
        pipeline,
        deal_stage,
        deal_type,
        currency,
        amount,
        amount_in_home_currency,
        home_currency,
        outcome_from,
        is_closed,
        is_won,
        is_company_guessed,
        closed_at,
        created_at,
        modified_at,
        term_months,
        starts_on,
        ends_on,
        salesforce_opportunity_id,
        is_deleted,
        source_path,
        source_line,
        row_number() over (
            partition by deal_id
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
    -- Record ID. #not_null #unique
    deal_id,
    -- Primary company, else the first associated one.
    hubspot_company_id,
    -- Pipeline label or id.
    pipeline,
    -- Stage label or id; tells won from lost only in a file without the flags.
    deal_stage,
    -- New or existing business.
    deal_type,
    -- Currency of the amount; NULL in single-currency portals.
    currency,
    -- Amount in that currency.
    amount,
    -- Amount in the portal's own currency, by HubSpot's rate.
    amount_in_home_currency,
    -- Currency of that amount where the file says it; NULL means the home currency.
    home_currency,
    -- What told how the deal ended: flag, stage, probability or nothing.
    outcome_from,
    -- Closed, by the flags, else by the stage. #not_null
    is_closed,
    -- Won, by the flag, else by the stage. #not_null
    is_won,
    -- The export named no primary company. #not_null
    is_company_guessed,
    -- Close date: the day that the portal shows.
    closed_at,
    -- Deal created, UTC.
    created_at,
    -- Deal last changed, UTC.
    modified_at,
    -- The Salesforce opportunity that the deal is synced with, where the export names it.
    salesforce_opportunity_id,
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
where recency = 1 and not is_deleted
