-- Subscriptions from billing, one row per source and id. Of several files the newest one wins. Lines of one id in that
-- file that differ only in their plan are items of one subscription and add up; lines that repeat a plan, or differ in
-- more, are not: the last of them counts.
with
newest_lines as (
    select
        lines.*,
        lines.currency is not distinct from newest.currency
        and lines.status_key is not distinct from newest.status_key
        and lines.account_key is not distinct from newest.account_key
        and lines.created_at is not distinct from newest.created_at
        and lines.started_at is not distinct from newest.started_at
        and lines.trial_end is not distinct from newest.trial_end
        and lines.canceled_at is not distinct from newest.canceled_at
        and lines.ended_at is not distinct from newest.ended_at as is_of_newest
    from staging.subscription_lines as lines
    inner join staging.subscription_lines as newest
        on lines.source_name = newest.source_name
        and lines.record_id = newest.record_id
        and lines.source_path is not distinct from newest.source_path
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
    newest.status_kind,
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
from staging.subscription_lines as newest
inner join ranked_items as items
    on newest.source_name = items.source_name
    and newest.record_id = items.record_id
    and items.item_rank = 1
left join unused_lines
    on newest.source_name = unused_lines.source_name
    and newest.record_id = unused_lines.record_id
where newest.recency = 1 and not newest.is_deleted
