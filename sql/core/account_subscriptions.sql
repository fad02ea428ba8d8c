-- Paid time of subscriptions of known accounts, as of the as-of date.
-- Trials, what was never paid, and one-off charges are not recurring revenue and are left out.
with
keyed as (
    select
        subscriptions.source_name || ':' || subscriptions.record_id as subscription_id,
        coalesce(by_key.account_id, by_domain.account_id) as account_id,
        subscriptions.source_name,
        subscriptions.plan,
        subscriptions.status_kind,
        subscriptions.monthly_amount,
        currency_rates.usd_per_unit,
        cast(coalesce(subscriptions.started_at, subscriptions.created_at) as date) as begun_on,
        cast(subscriptions.trial_end as date) as trial_ended_on,
        cast(
            coalesce(
                subscriptions.ended_at,
                case
                    when subscriptions.status_kind = 'ended'
                        then coalesce(subscriptions.canceled_at, subscriptions.current_period_end)
                end
            ) as date
        ) as ended_on
    from staging.subscriptions
    left join core.account_references as by_key on subscriptions.account_key = by_key.reference
    left join core.account_references as by_domain on subscriptions.domain = by_domain.reference
    left join settings.currency_rates
        on coalesce(subscriptions.currency, 'home') = currency_rates.currency
    where subscriptions.status_kind <> 'never_paid' and coalesce(subscriptions.billing_interval, '') <> 'once'
),

priced as (
    select
        keyed.*,
        case when trial_ended_on > begun_on then trial_ended_on else begun_on end as started_on,
        cast(monthly_amount as double) * cast(usd_per_unit as double) as mrr_usd
    from keyed
    where account_id is not null
)

select
    -- Billing source and its subscription id. #not_null #unique
    priced.subscription_id,
    -- #not_null #references[core.account_records.account_id]
    priced.account_id,
    -- `stripe`, or the key under `sources:`. #not_null!warn
    priced.source_name,
    -- Plan or price id.
    priced.plan,
    -- Monthly recurring revenue in dollars, exact to 4 places; NULL when the price is unknown, negative or has no rate.
    try_cast(case when priced.mrr_usd >= 0 then priced.mrr_usd end as decimal(18, 4)) as mrr_usd,
    -- Whether it costs something; false for a free plan, true for an unknown price. #not_null
    coalesce(priced.mrr_usd > 0, true) as is_paid,
    -- Whether it is running on the as-of date. #not_null
    coalesce(priced.ended_on > run.as_of, priced.status_kind <> 'ended') as is_live,
    -- Whether the dates contradict each other: it ended before it started. #not_null
    coalesce(priced.ended_on < priced.started_on, false) as is_contradictory,
    -- First paid day.
    priced.started_on,
    -- Day it ended; NULL while it is running.
    case when priced.ended_on <= run.as_of then priced.ended_on end as ended_on
from priced
cross join settings.run
where
    coalesce(priced.started_on <= run.as_of, true)
    and coalesce(priced.trial_ended_on <= run.as_of, true)
    -- Whether it ended with its trial, so that nobody ever paid.
    and not coalesce(priced.ended_on <= priced.trial_ended_on, false)
