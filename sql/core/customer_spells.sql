-- One row per time that an account was a customer: from its first paid subscription or won deal until it left. A
-- customer that comes back begins a new row; a pause of up to 90 days, or one that ends with a won deal within 90 days,
-- is not leaving.
with
paid as (
    select account_id, started_on, ended_on
    from core.account_subscriptions
    where is_paid and not is_contradictory and started_on is not null
),

won as (
    select account_id, closed_at
    from core.known_deals
    where is_won and not is_credit and closed_at is not null
),

starts as (
    select account_id, started_on from paid
    union distinct
    select account_id, closed_at as started_on from won
    union distinct
    select account_id, customer_since as started_on
    from core.customer_dates
    where customer_since is not null and not is_contradictory
),

-- Days after which no paid subscription runs and no deal is won for a while.
paid_ends as (
    select distinct ended.account_id, ended.ended_on
    from paid as ended
    left join paid as others
        on
            ended.account_id = others.account_id
            and others.started_on <= cast(ended.ended_on + interval 90 day as date)
            and coalesce(others.ended_on > ended.ended_on, true)
    left join won
        on
            ended.account_id = won.account_id
            and won.closed_at >= ended.ended_on
            and won.closed_at <= cast(ended.ended_on + interval 90 day as date)
    where ended.ended_on is not null and others.account_id is null and won.account_id is null
),

next_starts as (
    select paid_ends.account_id, paid_ends.ended_on, min(starts.started_on) as next_started_on
    from paid_ends
    left join starts on paid_ends.account_id = starts.account_id and starts.started_on > paid_ends.ended_on
    group by paid_ends.account_id, paid_ends.ended_on
),

-- If a field says when a customer left, or that it has not, subscriptions only count for other periods.
leavings as (
    select next_starts.account_id, next_starts.ended_on
    from next_starts
    inner join core.customer_dates as customers on next_starts.account_id = customers.account_id
    where
        customers.is_churn_from_subscriptions
        or (
            next_starts.next_started_on is not null
            and not coalesce(
                customers.churned_at >= next_starts.ended_on and customers.churned_at < next_starts.next_started_on, false
            )
        )
    union distinct
    select account_id, churned_at as ended_on
    from core.customer_dates
    where churned_at is not null and not is_churn_from_subscriptions
),

ended_starts as (
    select
        starts.account_id,
        starts.started_on,
        min(leavings.ended_on) as ended_on
    from starts
    left join leavings on starts.account_id = leavings.account_id and starts.started_on <= leavings.ended_on
    group by starts.account_id, starts.started_on
)

select
    -- #not_null #references[core.customer_dates.account_id]
    account_id,
    -- First day: the earliest of its first paid subscription, its first won deal and the configured field. #not_null
    -- #unique_with[account_id]
    min(started_on) as started_on,
    -- Day it left; NULL while it is a customer.
    ended_on
from ended_starts
group by account_id, ended_on
