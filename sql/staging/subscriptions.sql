-- Subscriptions from billing, one row per source and id.
-- Of several files the later one wins.
with
casted as (
    select
        coalesce(source_name, 'stripe') as source_name,
        id as record_id,
        account_key,
        domain,
        trim(plan) as plan,
        upper(trim(currency)) as currency,
        lower(trim(billing_interval)) as billing_interval,
        lower(trim(status)) as subscription_status,
        try_cast(quantity as decimal(18, 4)) as quantity,
        try_cast(unit_amount as decimal(18, 4)) as unit_amount,
        try_cast(mrr as decimal(18, 4)) as mrr,
        try_cast(created_at as timestamp) as created_at,
        try_cast(started_at as timestamp) as started_at,
        try_cast(trial_start as timestamp) as trial_start,
        try_cast(trial_end as timestamp) as trial_end,
        try_cast(current_period_end as timestamp) as current_period_end,
        try_cast(canceled_at as timestamp) as canceled_at,
        try_cast(ended_at as timestamp) as ended_at,
        source_order,
        source_path,
        source_line
    from lake.subscription
),

ranked as (
    select
        source_name,
        record_id,
        account_key,
        domain,
        plan,
        currency,
        billing_interval,
        subscription_status,
        quantity,
        unit_amount,
        mrr,
        created_at,
        started_at,
        trial_start,
        trial_end,
        current_period_end,
        canceled_at,
        ended_at,
        source_path,
        source_line,
        row_number() over (
            partition by source_name, record_id
            order by source_order desc nulls last, source_path desc nulls last, source_line desc nulls last
        ) as recency
    from casted
)

select
    -- `stripe`, or the key under `sources:`. #unique_with[record_id]
    source_name,
    -- Subscription id. #not_null
    record_id,
    -- CRM id of the account.
    account_key,
    -- Registrable domain of the account.
    domain,
    -- Plan or price id.
    plan,
    -- Currency of the amounts; NULL means dollars.
    currency,
    -- Billed every day, week, month or year. #accepted[day,week,month,year]!warn
    billing_interval,
    -- Status at the time of the export.
    subscription_status,
    -- Seats or units; NULL means one.
    quantity,
    -- Price per unit and interval, in that currency.
    unit_amount,
    -- Monthly recurring revenue where the source gives it, in that currency.
    mrr,
    -- Created, UTC.
    created_at,
    -- Started, UTC.
    started_at,
    -- Trial started, UTC.
    trial_start,
    -- Trial ended, UTC.
    trial_end,
    -- Paid until, UTC.
    current_period_end,
    -- Cancellation asked for, UTC.
    canceled_at,
    -- Ended, UTC.
    ended_at,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1
