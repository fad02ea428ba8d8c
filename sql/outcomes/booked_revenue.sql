-- One row per customer with a won deal of known amount: what it signed and what of it was earned by the as-of date.
-- An amount with a term is earned day by day, and no longer once the customer left; one without is earned when it is
-- booked. A credit, which is a won deal with a negative amount, takes back.
with
bookings as (
    select
        deals.account_id,
        deals.deal_id,
        cast(deals.amount_usd as decimal(18, 4)) as amount_usd,
        case when deals.amount_usd > 0 then deals.term_months * 30.4375 end as term_days,
        greatest(
            0,
            date_diff(
                'day',
                cast(deals.term_starts_on as date),
                least(coalesce(cast(spells.ended_on as date), run.as_of), run.as_of)
            )
        ) as days_run
    from core.deals as deals
    cross join settings.run as run
    left join core.customer_spells as spells
        on
            deals.account_id = spells.account_id
            and deals.closed_at >= spells.started_on
            and coalesce(deals.closed_at <= spells.ended_on, true)
    where
        deals.is_won
        and deals.amount_usd is not null
        and (deals.closed_at is null or cast(deals.closed_at as date) <= run.as_of)
),

earned as (
    select
        account_id,
        amount_usd,
        case
            when term_days is null then amount_usd
            else cast(cast(amount_usd as double) * least(1.0, days_run / nullif(term_days, 0)) as decimal(18, 4))
        end as earned_usd
    from bookings
)

select
    -- The customer. #not_null #unique #references[core.customers.account_id]
    earned.account_id,
    -- Sum of the amounts of its won deals, credits taken off. #not_null
    cast(sum(earned.amount_usd) as decimal(18, 4)) as booked_usd,
    -- What of it was earned by the as-of date. #not_null
    cast(sum(earned.earned_usd) as decimal(18, 4)) as earned_usd,
    -- What credits took back; 0 or less. #not_null
    cast(sum(case when earned.amount_usd < 0 then earned.amount_usd else 0 end) as decimal(18, 4)) as credited_usd
from earned
inner join core.customers on earned.account_id = customers.account_id
group by earned.account_id
