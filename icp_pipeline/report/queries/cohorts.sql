select cohort, count(*) as customers, avg(retained) as retained, median(acv_usd) as acv_usd,
    median(ltv_usd) as ltv_usd, median(net_revenue_retention) as net_revenue_retention,
    median(expansion_usd) as expansion_usd, median(nps) as nps, median(sales_cycle_days) as sales_cycle_days,
    median(time_to_value_days) as time_to_value_days, avg(referrals) as referrals,
    median(tickets_per_month) as tickets_per_month
from outcomes.customer_scores
where cohort is not null
group by cohort
