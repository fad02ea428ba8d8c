-- One row per outcome metric that is known for any customer old enough to be compared: for how many, and whether it
-- says how they turned out. Customers of one parent count once.
with
metric_values as (
    select ranks.metric, ranks.value, sum(metrics.account_weight) as customers
    from outcomes.metric_ranks as ranks
    inner join outcomes.customer_metrics as metrics on ranks.account_id = metrics.account_id
    group by ranks.metric, ranks.value
),

metrics as (
    select
        metric,
        round(cast(sum(customers) as double), 6) as customers,
        -- A metric with nearly the same value for everybody distinguishes nobody.
        round(cast(sum(customers) - max(customers) as double), 6) as differing_customers
    from metric_values
    group by metric
),

weighted_metrics as (
    select
        metrics.*,
        case when metrics.customers >= 30 then weights.nominal_weight else 0.0 end as common_weight,
        not weights.is_of_the_sale and metrics.customers >= 30 and metrics.differing_customers >= 10 as is_telling
    from metrics
    inner join outcomes.metric_weights as weights on metrics.metric = weights.metric
)

select
    -- Outcome metric, by its key in icp.yaml. #not_null #unique
    weighted_metrics.metric,
    -- Customers whose value is known. #not_null #finite
    weighted_metrics.customers,
    -- Those of them whose value is not the most common one. #not_null #finite
    weighted_metrics.differing_customers,
    -- Weight that icp.yaml gives it, if 30 or more customers have it; else 0. #not_null #finite
    weighted_metrics.common_weight,
    -- Whether it says how customers turned out: measured after they signed, known for 30 or more, and different from
    -- the most common value for 10 or more. #not_null
    weighted_metrics.is_telling,
    -- Whether it is enough by itself to rank a customer: it says how customers turned out, and all metrics that 30 or
    -- more have weigh less together than a rank needs, as when only churn is known. #not_null
    weighted_metrics.is_telling
    and sum(cast(weighted_metrics.common_weight as decimal(18, 9))) over ()
    < cast(run.min_weight_seen as decimal(18, 9)) as is_enough
from weighted_metrics
cross join settings.run
