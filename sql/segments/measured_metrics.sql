-- One row per ICP and outcome metric that any of its ranked customers has: how many have it, its weight, and whether it
-- says how customers turned out. Prices and sales cycles do not: they are known when a customer signs. Customers of one
-- parent count once, so a group that left as a whole is one loss.
with
ranked as (
    select icp_id, account_id, cluster_id, weight
    from segments.icp_observations
    where outcome = 'quality'
),

metric_values as (
    select ranked.icp_id, ranks.metric, ranks.value, sum(ranked.weight) as customers
    from ranked
    inner join outcomes.metric_ranks as ranks on ranked.account_id = ranks.account_id
    group by ranked.icp_id, ranks.metric, ranks.value
),

measured_customers as (
    select ranked.icp_id, ranks.metric, count(distinct ranked.cluster_id) as customers
    from ranked
    inner join outcomes.metric_ranks as ranks on ranked.account_id = ranks.account_id
    group by ranked.icp_id, ranks.metric
),

metrics as (
    select
        metric_values.icp_id,
        metric_values.metric,
        weights.is_of_the_sale,
        -- A metric with nearly the same value for everybody distinguishes nobody.
        round(cast(sum(metric_values.customers) - max(metric_values.customers) as double), 6) as differing_customers,
        sum(cast(weights.weight * metric_values.customers as decimal(18, 6))) as weight
    from metric_values
    inner join outcomes.metric_weights as weights on metric_values.metric = weights.metric
    group by metric_values.icp_id, metric_values.metric, weights.is_of_the_sale
)

select
    -- #not_null
    metrics.icp_id,
    -- Outcome metric, by its key in icp.yaml. #not_null #unique_with[icp_id]
    metrics.metric,
    -- Ranked customers whose value is known. #not_null
    cast(measured_customers.customers as bigint) as customers,
    -- Those of them whose value is not the most common one. #not_null
    cast(floor(metrics.differing_customers) as bigint) as differing_customers,
    -- Its share of the weights behind the ICP's outcome scores. #between[0,1] #finite
    round(
        cast(metrics.weight as double) / nullif(cast(sum(metrics.weight) over (partition by metrics.icp_id) as double), 0),
        6
    ) as weight_share,
    -- Whether it says how customers turned out: measured after they signed, and different from the most common value
    -- for 10 or more. #not_null
    not metrics.is_of_the_sale and metrics.differing_customers >= 10 as is_telling
from metrics
inner join measured_customers
    on metrics.icp_id = measured_customers.icp_id and metrics.metric = measured_customers.metric
