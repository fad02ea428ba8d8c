-- One row per outcome metric that any customer old enough to be compared has: how many have it, and whether it tells how they
-- turned out. Customers of one parent are one.
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
        -- A metric that says the same of nearly everybody tells nobody apart.
        round(cast(sum(customers) - max(customers) as double), 6) as differing_customers
    from metric_values
    group by metric
)

select
    -- The metric. #not_null #unique
    metrics.metric,
    -- Customers that have it. #not_null #finite
    metrics.customers,
    -- Those of them whose value is not the commonest one. #not_null #finite
    metrics.differing_customers,
    -- Weight that the settings give it where thirty customers or more have it, else 0. #not_null #finite
    case when metrics.customers >= 30 then weights.nominal_weight else 0.0 end as common_weight,
    -- Whether it says how customers turned out: it was measured after they signed, thirty have it, and ten or more of them
    -- differ from the commonest value. #not_null
    not weights.is_of_the_sale and metrics.customers >= 30 and metrics.differing_customers >= 10 as is_telling
from metrics
inner join outcomes.metric_weights as weights on metrics.metric = weights.metric
