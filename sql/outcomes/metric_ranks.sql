-- One row per known metric of each customer old enough to be compared: its rank among customers of like tenure. Ranks
-- make the score independent of currency and outliers; tenure bands keep new customers from looking bad.
with
-- Totals that grow with time are measured over the first 12 months, or per month; otherwise old customers would always
-- win.
metric_values as (
    select
        metrics.account_id,
        metrics.tenure_band,
        metrics.account_weight,
        weights.metric,
        weights.direction,
        cast(weights.weight as decimal(18, 9)) as weight,
        weights.nominal_weight,
        round(
            case weights.metric
                when 'retained' then metrics.retained
                when 'acv_usd' then metrics.acv_usd
                when 'ltv_usd' then metrics.ltv_per_year_usd
                when 'net_revenue_retention' then metrics.net_revenue_retention
                when 'expansion_usd' then metrics.expansion_per_year_usd / nullif(metrics.acv_usd, 0)
                when 'nps' then metrics.nps
                when 'sales_cycle_days' then metrics.sales_cycle_days
                when 'time_to_value_days' then metrics.time_to_value_days
                when 'referrals' then metrics.referrals / greatest(metrics.tenure_months, 1)
                when 'tickets_per_month' then metrics.tickets_per_month
                else custom_metrics.value
            end,
            9
        ) as value
    from outcomes.customer_metrics as metrics
    cross join outcomes.metric_weights as weights
    left join outcomes.field_metrics as custom_metrics
        on metrics.account_id = custom_metrics.account_id and weights.metric = custom_metrics.metric
    where metrics.tenure_band is not null and weights.weight > 0
),

-- Customers with the same value share the mean of their ranks; those of one parent have one rank together.
band_ranks as (
    select
        account_id,
        metric,
        (
            cast(
                sum(account_weight) over (partition by metric, tenure_band order by direction * value nulls first) as double
            )
            - cast(sum(account_weight) over (partition by metric, tenure_band, value) as double) / 2.0
        ) / nullif(cast(sum(account_weight) over (partition by metric, tenure_band) as double), 0)
        - 0.5 as rank_in_band
    from metric_values
    where value is not null
),

-- Below 200 customers: the same among the nearest in tenure.
peer_ranks as (
    select
        own.account_id,
        own.metric,
        (
            cast(
                sum(case when own.direction * peer.value < own.direction * own.value then peer.account_weight else 0 end)
                as double
            )
            + cast(sum(case when peer.value = own.value then peer.account_weight else 0 end) as double) / 2.0
        ) / nullif(cast(sum(peer.account_weight) as double), 0) - 0.5 as rank_in_band
    from metric_values as own
    inner join outcomes.tenure_peers as peers on own.account_id = peers.account_id
    inner join metric_values as peer
        on peers.peer_id = peer.account_id and own.metric = peer.metric and peer.value is not null
    where own.value is not null
    group by own.account_id, own.metric
),

ranks as (
    select
        metric_values.*,
        coalesce(peer_ranks.rank_in_band, band_ranks.rank_in_band) as rank_in_band
    from metric_values
    inner join band_ranks
        on metric_values.account_id = band_ranks.account_id and metric_values.metric = band_ranks.metric
    left join peer_ranks
        on metric_values.account_id = peer_ranks.account_id and metric_values.metric = peer_ranks.metric
),

weights_seen as (
    select account_id, sum(weight) as weight_seen
    from ranks
    group by account_id
)

select
    -- The customer. #not_null #unique_with[metric] #references[core.customers.account_id]
    ranks.account_id,
    -- Outcome metric, by its key in icp.yaml. #not_null
    ranks.metric,
    -- Band of customers of like tenure; below 200 customers it is one, and ranks are among the nearest in tenure. #not_null
    -- #between[1,8]
    ranks.tenure_band,
    -- The value compared: totals of the first 12 months or per month of tenure, expansion per dollar of first contract. #not_null #finite
    ranks.value,
    -- Mid-rank of the value among customers of like tenure, from -0.5 (worst) to 0.5 (best), the metric's direction applied. #not_null #between[-0.5,0.5]
    round(ranks.rank_in_band, 12) as rank_in_band,
    -- Weight of the metric in the composite score. #not_null
    cast(ranks.weight as double) as weight,
    -- Weight that icp.yaml gives the metric; a customer needs enough of these to be ranked. #not_null
    cast(ranks.nominal_weight as double) as nominal_weight,
    -- What the metric adds to the composite score; a customer's rows add up to it (9 places). #not_null #finite
    cast(
        round(
            cast(ranks.weight as double) * ranks.rank_in_band
            / nullif(cast(weights_seen.weight_seen as double) + run.shrink_weight, 0),
            12
        ) as decimal(18, 12)
    ) as contribution
from ranks
inner join weights_seen on ranks.account_id = weights_seen.account_id
cross join settings.run as run
