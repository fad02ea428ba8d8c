-- Subscriptions from billing, one row per source and id. Of several files the newer one wins. Lines of one id in that
-- file that differ in their plan only are items of one subscription and add up; lines that repeat a plan, or differ in
-- more, are not: the last of them counts. Billing systems spell their statuses in some forty ways.
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
),

priced as (
    select
        casted.*,
        case
            when mrr is not null then cast(mrr as decimal(24, 8))
            -- A one-off charge is no recurring revenue.
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
        row_number() over (
            partition by source_name, record_id
            order by source_order desc nulls last, source_path desc nulls last, source_line desc nulls last
        ) as recency
    from casted
),

newest_lines as (
    select
        priced.*,
        priced.currency is not distinct from newest.currency
        and priced.status_key is not distinct from newest.status_key
        and priced.account_key is not distinct from newest.account_key
        and priced.created_at is not distinct from newest.created_at
        and priced.started_at is not distinct from newest.started_at
        and priced.trial_end is not distinct from newest.trial_end
        and priced.canceled_at is not distinct from newest.canceled_at
        and priced.ended_at is not distinct from newest.ended_at as is_of_newest
    from priced
    inner join priced as newest
        on priced.source_name = newest.source_name
        and priced.record_id = newest.record_id
        and priced.source_path is not distinct from newest.source_path
        and newest.recency = 1
),

ranked_lines as (
    select
        newest_lines.*,
        row_number() over (
            partition by source_name, record_id, is_of_newest, plan
            order by source_line desc nulls last
        ) as plan_rank,
        first_value(monthly_amount) over (
            partition by source_name, record_id, is_of_newest, plan
            order by source_line desc nulls last
        ) as plan_amount
    from newest_lines
),

ranked_items as (
    select
        ranked_lines.*,
        count(*) over (partition by source_name, record_id) as items,
        count(monthly_amount) over (partition by source_name, record_id) as priced_items,
        sum(monthly_amount) over (partition by source_name, record_id) as items_amount,
        row_number() over (
            partition by source_name, record_id
            order by
                case when billing_interval = 'once' then 1 else 0 end asc,
                monthly_amount desc nulls last,
                source_line desc nulls last
        ) as item_rank
    from ranked_lines
    where is_of_newest and plan_rank = 1
),

unused_lines as (
    select source_name, record_id, count(*) as differing_lines
    from ranked_lines
    where not is_of_newest or (plan_rank > 1 and monthly_amount is distinct from plan_amount)
    group by source_name, record_id
)

select
    -- `stripe`, or the key under `sources:`. #unique_with[record_id]
    newest.source_name,
    -- Subscription id. #not_null
    newest.record_id,
    -- CRM id of the account.
    newest.account_key,
    -- Registrable domain of the account.
    newest.domain,
    -- Plan or price id; of several items that of the largest.
    items.plan,
    -- Currency of the amounts; NULL means the home currency.
    newest.currency,
    -- Unit of the billing interval: day, week, month or year; or once. #accepted[day,week,month,year,once]!warn
    items.billing_interval,
    -- How many of them: 3 with `month` is quarterly.
    items.interval_count,
    -- Status at the time of the export, as the source spells it.
    newest.subscription_status,
    -- What that status means; `never_paid` does not make a customer. #not_null #accepted[running,ended,never_paid,unknown]
    case
        when newest.status_key is null then 'running'
        when
            newest.status_key in (
                'active', 'pastdue', 'nonrenewing', 'live', 'current', 'renewed', 'ongoing', 'running', 'enabled', 'paid'
            )
            then 'running'
        when
            newest.status_key in (
                'canceled', 'cancelled', 'ended', 'expired', 'terminated', 'churned', 'inactive', 'deleted', 'closed',
                'lapsed', 'stopped'
            )
            then 'ended'
        when
            newest.status_key in (
                'trialing', 'trialling', 'trial', 'intrial', 'freetrial', 'trialexpired', 'trialended', 'incomplete',
                'incompleteexpired', 'unpaid', 'paused', 'future', 'pending', 'draft', 'scheduled', 'notstarted',
                'failed'
            )
            then 'never_paid'
        else 'unknown'
    end as status_kind,
    -- Seats or units; NULL means one.
    items.quantity,
    -- Price per unit and interval, in that currency.
    items.unit_amount,
    -- Monthly recurring revenue if the source has it, in that currency.
    items.mrr,
    -- Monthly sum of all items, in that currency; NULL if any price is unknown.
    case when items.priced_items = items.items then cast(items.items_amount as decimal(38, 8)) end as monthly_amount,
    -- Lines of the file that are items of it. #not_null
    items.items,
    -- Lines of its id in the same file that differ from the one that counts and are no items. #not_null
    coalesce(unused_lines.differing_lines, 0) as differing_lines,
    -- When it was created (UTC).
    newest.created_at,
    -- When it started (UTC).
    newest.started_at,
    -- When the trial started (UTC).
    newest.trial_start,
    -- When the trial ended (UTC).
    newest.trial_end,
    -- Paid until (UTC).
    newest.current_period_end,
    -- When cancellation was requested (UTC).
    newest.canceled_at,
    -- When it ended (UTC).
    newest.ended_at,
    newest.source_path,
    -- Line of the row in that file; of several items that of the largest.
    items.source_line
from priced as newest
inner join ranked_items as items
    on newest.source_name = items.source_name
    and newest.record_id = items.record_id
    and items.item_rank = 1
left join unused_lines
    on newest.source_name = unused_lines.source_name
    and newest.record_id = unused_lines.record_id
where newest.recency = 1 and not newest.is_deleted
