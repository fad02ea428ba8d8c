-- One row per customer with a won deal of known amount: what it signed, and how much of that was earned by the as-of
-- date. An amount with a term is earned day by day until the customer leaves; one without a term is earned when booked.
-- A credit (a won deal with a negative amount) is subtracted.
with
bookings as (
    select
        deals.account_id,
        deals.deal_id,
        cast(customers.customer_since as date) as customer_since,
        cast(deals.closed_at as date) as closed_on,
        cast(deals.term_starts_on as date) as term_starts_on,
        least(coalesce(cast(spells.ended_on as date), run.as_of), run.as_of) as runs_until,
        least(cast(cast(customers.customer_since as date) + interval 365 day as date), run.as_of) as year_ends_on,
        cast(deals.amount_usd as decimal(18, 4)) as amount_usd,
        case when deals.amount_usd > 0 and deals.term_starts_on is not null then deals.term_months * 30.4375 end
            as term_days,
        greatest(
            0,
            date_diff(
                'day',
                cast(deals.term_starts_on as date),
                least(coalesce(cast(spells.ended_on as date), run.as_of), run.as_of)
            )
        ) as days_run
    from core.deals as deals
    inner join core.customers as customers on deals.account_id = customers.account_id
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

-- Renewals are signed up to 90 days early: a deal won late in the first year is for the second.
first_years as (
    select
        account_id,
        deal_id,
        case
            when term_days is not null
                then
                    cast(amount_usd as double)
                    * least(
                        term_days,
                        greatest(
                            0,
                            date_diff('day', greatest(term_starts_on, customer_since), least(runs_until, year_ends_on))
                        )
                    ) / nullif(term_days, 0)
            when closed_on < cast(customer_since + interval 275 day as date) then cast(amount_usd as double)
            when amount_usd < 0 and closed_on < cast(customer_since + interval 365 day as date)
                then cast(amount_usd as double)
        end as first_year_usd,
        case
            when term_days is null and amount_usd > 0 then 365
            else greatest(30, date_diff('day', customer_since, year_ends_on))
        end as days_needed,
        date_diff('day', customer_since, year_ends_on) as days_seen
    from bookings
    where customer_since is not null and coalesce(term_starts_on, closed_on) < year_ends_on
),

years as (
    select
        account_id,
        sum(cast(first_year_usd as decimal(18, 4))) as first_year_usd,
        max(days_needed) as days_needed,
        max(days_seen) as days_seen
    from first_years
    where first_year_usd is not null
    group by account_id
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
    -- Part of it that was earned by the as-of date. #not_null
    cast(sum(earned.earned_usd) as decimal(18, 4)) as earned_usd,
    -- Sum of the credits; 0 or less. #not_null
    cast(sum(case when earned.amount_usd < 0 then earned.amount_usd else 0 end) as decimal(18, 4)) as credited_usd,
    -- Value of the first 365 days as a customer: earned from amounts with a term (scaled to a year for younger
    -- customers), plus amounts without a term won in the first 275 days. With such amounts NULL until the year is over.
    -- #finite
    max(
        case
            when years.days_seen >= years.days_needed
                then
                    round(
                        greatest(0.0, cast(years.first_year_usd as double)) * 365 / nullif(years.days_needed, 0), 4
                    )
        end
    ) as first_year_usd
from earned
left join years on earned.account_id = years.account_id
group by earned.account_id
