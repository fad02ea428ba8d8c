-- One row per customer with at least one paid subscription of known price: recurring revenue at the start, a year ago and now.
-- A subscription counts on every day from its start up to, but not on, its end.
with
subscriptions as (
    select
        subscriptions.account_id,
        cast(subscriptions.mrr_usd as decimal(18, 4)) as mrr_usd,
        cast(subscriptions.started_on as date) as started_on,
        cast(subscriptions.ended_on as date) as ended_on,
        -- Paid until: its end, or today.
        least(coalesce(cast(subscriptions.ended_on as date), run.as_of), run.as_of) as last_day
    from core.account_subscriptions as subscriptions
    cross join settings.run as run
    where
        -- A free plan is not revenue, and neither its start nor its end says anything about paid ones.
        subscriptions.mrr_usd > 0
        and not coalesce(subscriptions.is_contradictory, false)
        and cast(subscriptions.started_on as date) <= run.as_of
),

-- The start is measured after a month, when an initial set-up with several subscriptions is complete.
starts as (
    select
        subscriptions.account_id,
        min(subscriptions.started_on) as first_started_on,
        run.as_of,
        least(cast(min(subscriptions.started_on) + interval 30 day as date), run.as_of) as start_on,
        least(coalesce(cast(customers.churned_at as date), run.as_of), run.as_of) as active_until
    from subscriptions
    inner join core.customers as customers on subscriptions.account_id = customers.account_id
    cross join settings.run as run
    group by subscriptions.account_id, customers.churned_at, run.as_of
),

-- For a customer that left, the year is the one before it left: otherwise long gone customers would have no past.
moments as (
    select
        account_id,
        first_started_on,
        as_of,
        start_on,
        greatest(start_on, cast(active_until - interval 365 day as date)) as year_ago_on,
        cast(first_started_on + interval 365 day as date) as first_year_until,
        -- The leap day included.
        cast(first_started_on + interval 366 day as date) as month_12_on
    from starts
),

amounts as (
    select
        moments.account_id,
        moments.start_on,
        moments.year_ago_on,
        moments.first_started_on,
        moments.as_of,
        moments.month_12_on,
        sum(case
            when subscriptions.started_on <= moments.month_12_on
                and (subscriptions.ended_on is null or subscriptions.ended_on > moments.month_12_on)
                then subscriptions.mrr_usd
            else 0
        end) as month_12_mrr_usd,
        sum(cast(
            subscriptions.mrr_usd
            * greatest(0, date_diff('day', subscriptions.started_on, least(subscriptions.last_day, moments.first_year_until)))
            / 30.4375 as decimal(18, 4)
        )) as first_year_usd,
        sum(case when subscriptions.started_on <= moments.first_started_on then subscriptions.mrr_usd else 0 end)
            as first_day_mrr_usd,
        sum(case
            when subscriptions.started_on <= moments.start_on
                and (subscriptions.ended_on is null or subscriptions.ended_on > moments.start_on)
                then subscriptions.mrr_usd
            else 0
        end) as first_month_mrr_usd,
        sum(case
            when subscriptions.started_on <= moments.year_ago_on
                and (subscriptions.ended_on is null or subscriptions.ended_on > moments.year_ago_on)
                then subscriptions.mrr_usd
            else 0
        end) as year_ago_mrr_usd,
        sum(case
            when subscriptions.ended_on is null or subscriptions.ended_on > moments.as_of then subscriptions.mrr_usd
            else 0
        end) as current_mrr_usd,
        sum(cast(
            subscriptions.mrr_usd * greatest(0, date_diff('day', subscriptions.started_on, subscriptions.last_day))
            / 30.4375 as decimal(18, 4)
        )) as billed_usd
    from moments
    inner join subscriptions on moments.account_id = subscriptions.account_id
    group by
        moments.account_id, moments.start_on, moments.year_ago_on, moments.first_started_on, moments.as_of,
        moments.month_12_on
),

known as (
    select
        account_id,
        coalesce(nullif(first_month_mrr_usd, 0), first_day_mrr_usd) as start_mrr_usd,
        case
            when year_ago_on > start_on then year_ago_mrr_usd
            else coalesce(nullif(first_month_mrr_usd, 0), first_day_mrr_usd)
        end as year_ago_mrr_usd,
        current_mrr_usd,
        case when month_12_on <= as_of then month_12_mrr_usd end as month_12_mrr_usd,
        -- Per year: prices stay constant, so the first months of new customers are comparable.
        cast(first_year_usd as double) * 365
        / nullif(least(365, greatest(30, date_diff('day', first_started_on, as_of))), 0) as first_year_usd,
        billed_usd
    from amounts
)

select
    -- The customer. #not_null #unique #references[core.customers.account_id]
    known.account_id,
    -- Monthly recurring revenue 30 days after the first subscription began; on its first day if nothing lasted that
    -- long. #not_null
    cast(known.start_mrr_usd as decimal(18, 4)) as start_mrr_usd,
    -- Monthly recurring revenue 365 days before the as-of date (before leaving, for a lost customer), at the earliest at the start. #not_null
    cast(known.year_ago_mrr_usd as decimal(18, 4)) as year_ago_mrr_usd,
    -- Monthly recurring revenue on the as-of date. #not_null
    cast(known.current_mrr_usd as decimal(18, 4)) as current_mrr_usd,
    -- Monthly recurring revenue a year after the first subscription began, the leap day included; NULL before that day.
    cast(known.month_12_mrr_usd as decimal(18, 4)) as month_12_mrr_usd,
    -- Revenue of the first 365 days; scaled to a year for younger customers. #not_null #finite
    round(known.first_year_usd, 4) as first_year_usd,
    -- Monthly price times months running, over all subscriptions until the as-of date. #not_null
    cast(known.billed_usd as decimal(18, 4)) as billed_usd
from known
