-- One row per customer: the outcome metrics that deals, billing, surveys, usage and tickets give. NULL is unknown:
-- having no rows in a source means something only if that source covers the customer.
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
        -- One year after the start, or after the first paid day if only billing would show that it left. The leap day
        -- is in every year, so that yearly contracts end in it whenever they began.
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
    case
        when customers.year_ends_on > customers.as_of then null
        when leavings.left_on <= customers.year_ends_on then 0.0
        when customers.is_churned and leavings.left_on is null then 0.0
        when
            customers.churn_known_since <= customers.year_ends_on
            and customers.churn_known_until >= customers.year_ends_on
            then 1.0
    end as retained,
    -- First recurring revenue per year; without subscriptions the amount of the won deal (per year, if its term is
    -- known).
    case
        when revenue.start_mrr_usd > 0 then cast(revenue.start_mrr_usd * 12 as double)
        when won_deals.amount_usd > 0
            then cast(won_deals.amount_usd as double) * 12 / nullif(coalesce(won_deals.term_months, 12), 0)
    end as acv_usd,
    -- Revenue to date: billed by subscriptions, else earned from won deals, less credits.
    case
        when revenue.account_id is not null
            then greatest(0.0, cast(revenue.billed_usd + coalesce(booked.credited_usd, 0) as double))
        when booked.booked_usd > 0 or booked.credited_usd < 0 then greatest(0.0, cast(booked.earned_usd as double))
    end as ltv_usd,
    -- Value of the first 12 months as a customer, for comparing ltv_usd: billed, else from won deals.
    case
        when revenue.account_id is not null then cast(revenue.first_year_usd as double)
        else cast(booked.first_year_usd as double)
    end as first_year_usd,
    -- Recurring revenue now divided by that of a year ago (at the start, for younger customers); 0 once everything has
    -- ended. #finite
    round(cast(revenue.current_mrr_usd as double) / nullif(cast(revenue.year_ago_mrr_usd as double), 0), 9)
        as net_revenue_retention,
    -- Yearly recurring revenue added since the start; never below 0.
    case
        when revenue.current_mrr_usd > revenue.start_mrr_usd
            then cast((revenue.current_mrr_usd - revenue.start_mrr_usd) * 12 as double)
        when revenue.current_mrr_usd <= revenue.start_mrr_usd then 0.0
    end as expansion_usd,
    -- The same after 12 months, for comparing expansion; NULL before then.
    case
        when revenue.month_12_mrr_usd > revenue.start_mrr_usd
            then cast((revenue.month_12_mrr_usd - revenue.start_mrr_usd) * 12 as double)
        when revenue.month_12_mrr_usd <= revenue.start_mrr_usd then 0.0
    end as first_year_expansion_usd,
    experience.nps,
    -- Days from the creation of the won deal to its close; NULL if that deal is not new business.
    case
        when won_deals.sales_cycle_days >= 0 and won_deals.deal_role = 'new_business'
            then cast(won_deals.sales_cycle_days as double)
    end as sales_cycle_days,
    experience.time_to_value_days,
    -- #finite
    experience.tickets_per_month
from customers
left join leavings on customers.account_id = leavings.account_id
left join core.deals as won_deals on customers.won_deal_id = won_deals.deal_id
left join outcomes.recurring_revenue as revenue on customers.account_id = revenue.account_id
left join outcomes.booked_revenue as booked on customers.account_id = booked.account_id
left join outcomes.experience_metrics as experience on customers.account_id = experience.account_id
