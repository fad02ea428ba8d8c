-- One row per outcome metric: its weight in the composite score. Contract value and monthly revenue that come from one
-- price share one weight: otherwise a company that knows only prices would count them twice.
with
customers as (
    select
        account_id,
        case
            -- Booked once: all revenue is that of the first contract. Or billed at an unchanged price: a month is a
            -- twelfth.
            when
                abs(ltv_usd - acv_usd) <= 0.05 * acv_usd
                or abs(ltv_per_year_usd - acv_usd) <= 0.05 * acv_usd
                or abs(12 * ltv_usd / greatest(tenure_months, 1) - acv_usd) <= 0.05 * acv_usd
                then 1
            else 0
        end as has_one_price
    from outcomes.customer_metrics
    where tenure_band is not null and acv_usd > 0 and ltv_usd is not null
),

prices as (
    select coalesce(sum(has_one_price) >= 0.9 * count(*), false) as is_one_price
    from customers
),

pair as (
    select
        cast(max(weight) as double) as larger_weight,
        cast(sum(cast(weight as decimal(18, 9))) as double) as both_weights
    from settings.outcome_metrics
    where metric in ('acv_usd', 'ltv_usd')
)

select
    -- Outcome metric, by its key in icp.yaml. #not_null #unique #same_count_as[settings.outcome_metrics]
    metrics.metric,
    -- 1 where more is better, -1 where less is. #not_null #accepted[1,-1]
    metrics.direction,
    -- Weight that icp.yaml gives it; a customer needs enough of these to be ranked. #not_null
    metrics.weight as nominal_weight,
    -- Weight in the composite score. #not_null #finite
    case
        when prices.is_one_price and metrics.metric in ('acv_usd', 'ltv_usd')
            then coalesce(round(metrics.weight * pair.larger_weight / nullif(pair.both_weights, 0), 9), 0.0)
        else metrics.weight
    end as weight,
    -- Whether it shares its weight with the other metric of the same price. #not_null
    prices.is_one_price and metrics.metric in ('acv_usd', 'ltv_usd') as is_shared,
    -- Whether it is known when a customer signs: prices and sales cycles never say how a customer turned out. #not_null
    metrics.metric in ('acv_usd', 'ltv_usd', 'sales_cycle_days') as is_of_the_sale
from settings.outcome_metrics as metrics
cross join prices
cross join pair
