select own.icp_id, case when own.is_good then 'best' when own.is_bad then 'worst' else 'middle' end as cohort,
    count(*) as customers, avg(scores.retained) as retained, median(scores.acv_usd) as acv_usd,
    median(scores.ltv_usd) as ltv_usd, median(scores.net_revenue_retention) as net_revenue_retention,
    median(scores.expansion_usd) as expansion_usd, median(scores.nps) as nps,
    median(scores.sales_cycle_days) as sales_cycle_days, median(scores.time_to_value_days) as time_to_value_days,
    avg(scores.referrals) as referrals, median(scores.tickets_per_month) as tickets_per_month
from segments.icp_observations as own
inner join outcomes.customer_scores as scores on own.account_id = scores.account_id
where own.outcome = 'quality'
group by own.icp_id, 2
