-- One row per line of a billing file: its text cast, its price per month, and what its status means. Lines of one
-- subscription id become one row in staging.subscriptions. Billing systems spell their statuses in some forty ways.
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
        replace(replace(replace(replace(lower(trim(status)), '_', ''), ' ', ''), '.', ''), '-', '') as status_key,
        coalesce(try_cast(round(try_cast(interval_count as decimal(18, 4))) as bigint), 1) as interval_count,
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
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_order,
        source_path,
        source_line
    from lake.subscription
)

select
    -- `stripe`, or the key under `sources:`.
    source_name,
    -- Subscription id.
    record_id,
    -- CRM id of the account.
    account_key,
    -- Registrable domain of the account.
    domain,
    -- Plan or price id.
    plan,
    -- Currency of the amounts; NULL means the home currency.
    currency,
    -- Unit of the billing interval: day, week, month or year; or once.
    billing_interval,
    -- How many of them: 3 with `month` is quarterly.
    interval_count,
    -- Status at the time of the export, as the source spells it.
    subscription_status,
    -- The same without spaces and punctuation.
    status_key,
    -- What that status means; `never_paid` does not make a customer.
    case
        when status_key is null then 'running'
        when
            status_key in (
                'active', 'pastdue', 'nonrenewing', 'live', 'current', 'renewed', 'ongoing', 'running', 'enabled', 'paid'
            )
            then 'running'
        when
            status_key in (
                'canceled', 'cancelled', 'ended', 'expired', 'terminated', 'churned', 'inactive', 'deleted', 'closed',
                'lapsed', 'stopped'
            )
            then 'ended'
        when
            status_key in (
                'trialing', 'trialling', 'trial', 'intrial', 'freetrial', 'trialexpired', 'trialended', 'incomplete',
                'incompleteexpired', 'unpaid', 'paused', 'future', 'pending', 'draft', 'scheduled', 'notstarted',
                'failed'
            )
            then 'never_paid'
        else 'unknown'
    end as status_kind,
    -- Seats or units; NULL means one.
    quantity,
    -- Price per unit and interval, in that currency.
    unit_amount,
    -- Monthly recurring revenue if the source has it, in that currency.
    mrr,
    -- Price per month, in that currency: the source's own, else from price and interval; 0 for a one-off charge, which
    -- does not recur. NULL when unknown.
    case
        when mrr is not null then cast(mrr as decimal(24, 8))
        when billing_interval = 'once' then cast(0 as decimal(24, 8))
        else
            try_cast(
                cast(unit_amount as double) * cast(coalesce(quantity, 1) as double)
                * case billing_interval when 'week' then 52 when 'day' then 365 else 1 end
                / nullif(case billing_interval when 'month' then 1 else 12 end * interval_count, 0)
                * case when billing_interval in ('day', 'week', 'month', 'year') then 1 end
                as decimal(24, 8)
            )
    end as monthly_amount,
    -- When it was created (UTC).
    created_at,
    -- When it started (UTC).
    started_at,
    -- When the trial started (UTC).
    trial_start,
    -- When the trial ended (UTC).
    trial_end,
    -- Paid until (UTC).
    current_period_end,
    -- When cancellation was requested (UTC).
    canceled_at,
    -- When it ended (UTC).
    ended_at,
    -- Whether the source says that it was deleted.
    is_deleted,
    -- Rank among the lines of its id, 1 the newest: of the newest file, then the last line.
    cast(row_number() over (
        partition by source_name, record_id
        order by source_order desc nulls last, source_path desc nulls last, source_line desc nulls last
    ) as bigint) as recency,
    source_path,
    source_line
from casted
