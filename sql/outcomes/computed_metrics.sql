-- One row per customer: the outcome metrics as far as deals, billing, surveys, usage and tickets tell them.
-- NULL is unknown: nothing found says something of a customer only where a source covers that very customer.
with
run as (
    select as_of from settings.run
),

customers as (
    select
        customers.account_id,
        customers.is_churned,
        customers.won_deal_id,
        customers.churn_known_since,
        customers.churn_known_until,
        -- One year after the start, or after the first paid day where only billing would say that it left. The leap day is
        -- in every year, so that yearly contracts end in it whenever they began.
        cast(
            case
                when customers.churn_known_since > customers.customer_since
                    and customers.churn_known_since
                    <= cast(cast(customers.customer_since as date) + interval 365 day as date)
                    then cast(customers.churn_known_since as date)
                else cast(customers.customer_since as date)
            end + interval 366 day as date
        ) as year_ends_on,
        run.as_of,
        round(customers.tenure_days / 30.4375, 6) as tenure_months
    from core.customers as customers
    cross join run
),

-- The first day on which it left, even if it came back.
leavings as (
    select account_id, min(cast(ended_on as date)) as left_on
    from core.customer_spells
    where ended_on is not null
    group by account_id
)

select
    -- The customer. #not_null #unique #references[core.customers.account_id] #same_count_as[core.customers]
    customers.account_id,
    -- Months from the start to the as-of date, also for customers that left; NULL when the dates are unknown or contradict. #finite
    cast(customers.tenure_months as double) as tenure_months,
    -- 1 where it was still a customer 12 months after the start, 0 where it had left by then or on a day that nobody knows;
    -- NULL before month 12, and where no source would say that it left.
    case
        when customers.year_ends_on > customers.as_of then null
        when leavings.left_on <= customers.year_ends_on then 0.0
        when customers.is_churned and leavings.left_on is null then 0.0
        when
            customers.churn_known_since <= customers.year_ends_on
            and customers.churn_known_until >= customers.year_ends_on
            then 1.0
    end as retained,
    -- First recurring revenue a year; where no subscription is known, the amount of the won deal, a year of it where its
    -- term is known.
    case
        when revenue.start_mrr_usd > 0 then cast(revenue.start_mrr_usd * 12 as double)
        when won_deals.amount_usd > 0
            then cast(won_deals.amount_usd as double) * 12 / nullif(coalesce(won_deals.term_months, 12), 0)
    end as acv_usd,
    -- Revenue to date: billed by subscriptions, else what of the won deals was earned; credits are taken off.
    case
        when revenue.account_id is not null
            then greatest(0.0, cast(revenue.billed_usd + coalesce(booked.credited_usd, 0) as double))
        when booked.booked_usd > 0 or booked.credited_usd < 0 then greatest(0.0, cast(booked.earned_usd as double))
    end as ltv_usd,
    -- Value of the first 12 months as a customer, by which value to date is compared: billed, else of won deals.
    case
        when revenue.account_id is not null then cast(revenue.first_year_usd as double)
        else cast(booked.first_year_usd as double)
    end as first_year_usd,
    -- Recurring revenue now over that of a year ago (of the start, for younger customers; 0 once everything ended). #finite
    round(cast(revenue.current_mrr_usd as double) / nullif(cast(revenue.year_ago_mrr_usd as double), 0), 9)
        as net_revenue_retention,
    -- Yearly recurring revenue added since the start; never below 0.
    case
        when revenue.current_mrr_usd > revenue.start_mrr_usd
            then cast((revenue.current_mrr_usd - revenue.start_mrr_usd) * 12 as double)
        when revenue.current_mrr_usd <= revenue.start_mrr_usd then 0.0
    end as expansion_usd,
    -- The same after 12 months, by which expansion is compared; NULL before that day.
    case
        when revenue.month_12_mrr_usd > revenue.start_mrr_usd
            then cast((revenue.month_12_mrr_usd - revenue.start_mrr_usd) * 12 as double)
        when revenue.month_12_mrr_usd <= revenue.start_mrr_usd then 0.0
    end as first_year_expansion_usd,
    -- Mean score of the latest survey wave.
    experience.nps,
    -- Days from the creation of the won deal to its close; NULL where that deal is no new business.
    case
        when won_deals.sales_cycle_days >= 0 and won_deals.deal_role = 'new_business'
            then cast(won_deals.sales_cycle_days as double)
    end as sales_cycle_days,
    -- Days from the start to the first day of product use.
    experience.time_to_value_days,
    -- Support tickets a month in the first 12; NULL before month 12, and where no ticket of that customer was landed. #finite
    experience.tickets_per_month
from customers
left join leavings on customers.account_id = leavings.account_id
left join core.deals as won_deals on customers.won_deal_id = won_deals.deal_id
left join outcomes.recurring_revenue as revenue on customers.account_id = revenue.account_id
left join outcomes.booked_revenue as booked on customers.account_id = booked.account_id
left join outcomes.experience_metrics as experience on customers.account_id = experience.account_id
