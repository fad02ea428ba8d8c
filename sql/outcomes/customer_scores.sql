-- One row per customer: how well it turned out, compared with customers of like tenure. With 200 customers or more the
-- percentile is the rank within a tenure band, with fewer the rank among the 50 nearest in tenure.
with
composites as (
    select
        ranks.account_id,
        ranks.tenure_band,
        round(sum(ranks.contribution), 9) as composite,
        sum(cast(ranks.nominal_weight as decimal(18, 9))) as weight_seen,
        max(case when known.is_enough then 1 else 0 end) as has_enough
    from outcomes.metric_ranks as ranks
    left join outcomes.known_metrics as known on ranks.metric = known.metric
    group by ranks.account_id, ranks.tenure_band
),

ranked as (
    select composites.account_id, composites.tenure_band, composites.composite, metrics.account_weight
    from composites
    inner join outcomes.customer_metrics as metrics on composites.account_id = metrics.account_id
    cross join settings.run
    where composites.weight_seen >= cast(run.min_weight_seen as decimal(18, 9)) or composites.has_enough = 1
),

peer_percentiles as (
    select
        own.account_id,
        (
            cast(sum(case when peer.composite < own.composite then peer.account_weight else 0 end) as double)
            + cast(sum(case when peer.composite = own.composite then peer.account_weight else 0 end) as double) / 2.0
        ) / nullif(cast(sum(peer.account_weight) as double), 0) as percentile
    from ranked as own
    inner join outcomes.tenure_peers as peers on own.account_id = peers.account_id
    inner join ranked as peer on peers.peer_id = peer.account_id
    group by own.account_id
),

-- A second rank, of the composite, among customers of like tenure: new customers have fewer metrics, so their composites
-- are closer to zero.
percentiles as (
    select
        ranked.account_id,
        ranked.tenure_band,
        round(
            coalesce(
                cast(peer_percentiles.percentile as double),
                (
                    cast(
                        sum(ranked.account_weight) over (
                            partition by ranked.tenure_band order by ranked.composite nulls first
                        ) as double
                    )
                    - cast(
                        sum(ranked.account_weight) over (partition by ranked.tenure_band, ranked.composite) as double
                    ) / 2.0
                ) / nullif(cast(sum(ranked.account_weight) over (partition by ranked.tenure_band) as double), 0)
            ),
            12
        ) as percentile
    from ranked
    left join peer_percentiles on ranked.account_id = peer_percentiles.account_id
),

-- If little but churn is known, so many customers tie that none of a band is in the top (or bottom) share. Then those
-- above (below) the middle are its best (worst).
band_ends as (
    select
        tenure_band,
        max(percentile) as highest,
        min(percentile) as lowest
    from percentiles
    group by tenure_band
),

cohorts as (
    select
        percentiles.account_id,
        percentiles.percentile,
        case
            when round(percentiles.percentile, 9) >= round(1 - run.best_share, 9) then 'best'
            when round(percentiles.percentile, 9) <= round(run.worst_share, 9) then 'worst'
            when round(percentiles.percentile, 9) > 0.5 and round(band_ends.highest, 9) < round(1 - run.best_share, 9)
                then 'best'
            when round(percentiles.percentile, 9) < 0.5 and round(band_ends.lowest, 9) > round(run.worst_share, 9)
                then 'worst'
            else 'middle'
        end as cohort
    from percentiles
    inner join band_ends on percentiles.tenure_band = band_ends.tenure_band
    cross join settings.run
)

select
    -- The customer. #not_null #unique #references[core.customers.account_id] #same_count_as[core.customers]
    metrics.account_id,
    -- 100 times the percentile; NULL for customers that are not ranked. #between[0,100] #finite
    round(100 * cohorts.percentile, 1) as outcome_score,
    -- Mid-rank of the composite among customers of like tenure (its band, or the 50 nearest below 200 customers); customers
    -- that tie share theirs. #between[0,1] #finite
    cohorts.percentile,
    -- best, middle or worst by percentile; if all customers are alike there is no best and no worst.
    -- #accepted[best,middle,worst]
    cohorts.cohort,
    -- Sum of the weights of the metrics that are known; NULL for customers too young to be compared. #finite
    case when metrics.tenure_band is not null then coalesce(cast(composites.weight_seen as double), 0.0) end
        as weight_seen,
    -- Why the customer has a score, or none. #not_null #accepted[ranked,too_new,too_little_known]
    case
        when cohorts.percentile is not null then 'ranked'
        when metrics.tenure_band is null then 'too_new'
        else 'too_little_known'
    end as rank_status,
    -- Weighted mean of the metric ranks, shrunk towards 0 where little is known. #between[-0.5,0.5] #finite
    cast(composites.composite as double) as composite,
    -- Band of customers of like tenure, 1 the youngest.
    metrics.tenure_band,
    -- Months from the start to the as-of date. #finite
    metrics.tenure_months,
    metrics.retained,
    metrics.acv_usd,
    metrics.ltv_usd,
    metrics.net_revenue_retention,
    metrics.expansion_usd,
    metrics.nps,
    metrics.sales_cycle_days,
    metrics.time_to_value_days,
    metrics.referrals,
    metrics.tickets_per_month
from outcomes.customer_metrics as metrics
left join composites on metrics.account_id = composites.account_id
left join cohorts on metrics.account_id = cohorts.account_id
