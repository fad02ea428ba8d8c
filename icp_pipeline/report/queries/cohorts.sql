with ranked as (
    select own.icp_id, own.cluster_id, own.weight, scores.*,
        case when own.is_good then 'best' when own.is_bad then 'worst' else 'middle' end as side
    from segments.icp_observations as own
    inner join outcomes.customer_scores as scores on own.account_id = scores.account_id
    where own.outcome = 'quality'
),
figures as (
    unpivot (
        select icp_id, side, account_id, weight, acv_usd::double as acv_usd, ltv_usd::double as ltv_usd,
            net_revenue_retention::double as net_revenue_retention, expansion_usd::double as expansion_usd,
            nps::double as nps, sales_cycle_days::double as sales_cycle_days,
            time_to_value_days::double as time_to_value_days, tickets_per_month::double as tickets_per_month
        from ranked
    ) on columns(* exclude (icp_id, side, account_id, weight)) into name metric value value
),
-- Customers of one parent weigh 1 together, in medians too: segments.segment_outcomes has the same.
placed as (
    select *, 2 * sum(weight) over (
            partition by icp_id, side, metric order by value, account_id rows unbounded preceding
        ) - sum(weight) over (partition by icp_id, side, metric) as place
    from figures
),
medians as (
    select icp_id, side, metric, avg(value) filter (round(place, 6) between 0 and round(2 * weight, 6)) as median
    from placed
    group by all
),
sides as (
    select icp_id, side, count(distinct cluster_id) as customers,
        sum(retained::decimal(18, 9) * weight)::double / sum(weight) filter (retained is not null)::double as retained,
        sum(referrals::decimal(28, 9) * weight)::double / sum(weight) filter (referrals is not null)::double as referrals
    from ranked
    group by all
)
select sides.icp_id, sides.side as cohort, sides.customers, sides.retained, sides.referrals,
    max(median) filter (metric = 'acv_usd') as acv_usd, max(median) filter (metric = 'ltv_usd') as ltv_usd,
    max(median) filter (metric = 'net_revenue_retention') as net_revenue_retention,
    max(median) filter (metric = 'expansion_usd') as expansion_usd, max(median) filter (metric = 'nps') as nps,
    max(median) filter (metric = 'sales_cycle_days') as sales_cycle_days,
    max(median) filter (metric = 'time_to_value_days') as time_to_value_days,
    max(median) filter (metric = 'tickets_per_month') as tickets_per_month
from sides
left join medians on sides.icp_id = medians.icp_id and sides.side = medians.side
group by all
