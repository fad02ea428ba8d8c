-- One row per attribute and segment: churn, win rate, sales cycle, expansion and retention beside the average.
-- Customers are the ranked ones, deals the closed ones, for which the attribute was known in time.
with
-- One row for each ranked customer and each closed deal, with only its own figures filled.
facts as (
    select
        observations.outcome,
        observations.observation_id,
        case when observations.outcome = 'quality' then 1 - scores.retained end as churned,
        case when observations.outcome = 'quality' then scores.sales_cycle_days end as sales_cycle_days,
        case
            when observations.outcome = 'quality' and scores.expansion_usd > 0 then 1
            when observations.outcome = 'quality' and scores.expansion_usd <= 0 then 0
        end as expanded,
        case when observations.outcome = 'quality' then scores.net_revenue_retention end as net_revenue_retention,
        case when observations.outcome = 'win' then case when observations.is_won then 1 else 0 end end as won
    from outcomes.observations as observations
    left join outcomes.customer_scores as scores
        on observations.outcome = 'quality' and observations.account_id = scores.account_id
),

averages as (
    select
        round(cast(sum(cast(churned as decimal(18, 9))) as double) / nullif(count(churned), 0), 9) as churn_rate,
        cast(sum(won) as double) / nullif(count(won), 0) as win_rate,
        median(sales_cycle_days) as median_cycle_days,
        cast(sum(expanded) as double) / nullif(count(expanded), 0) as expansion_rate,
        median(net_revenue_retention) as median_net_revenue_retention
    from facts
),

segments as (
    select
        members.attribute,
        members.segment,
        sum(case when facts.outcome = 'quality' then 1 else 0 end) as customers,
        count(facts.won) as deals,
        round(cast(sum(cast(facts.churned as decimal(18, 9))) as double) / nullif(count(facts.churned), 0), 9)
            as churn_rate,
        cast(sum(facts.won) as double) / nullif(count(facts.won), 0) as win_rate,
        median(facts.sales_cycle_days) as median_cycle_days,
        cast(sum(facts.expanded) as double) / nullif(count(facts.expanded), 0) as expansion_rate,
        median(facts.net_revenue_retention) as median_net_revenue_retention
    from segments.segment_members as members
    inner join facts on members.outcome = facts.outcome and members.observation_id = facts.observation_id
    group by members.attribute, members.segment
)

select
    -- The attribute. #not_null
    segments.attribute,
    -- The segment. #not_null #unique_with[attribute]
    segments.segment,
    -- Ranked customers in the segment. #not_null
    cast(segments.customers as bigint) as customers,
    -- Closed deals in the segment. #not_null
    cast(segments.deals as bigint) as deals,
    -- Share of its customers that left. #finite
    segments.churn_rate,
    -- Share of its closed deals that were won. #between[0,1] #finite
    segments.win_rate,
    -- Median days from the creation of the won deal to its close. #finite
    segments.median_cycle_days,
    -- Share of its customers whose recurring revenue grew. #between[0,1] #finite
    segments.expansion_rate,
    -- Median recurring revenue now over that of a year ago. #finite
    segments.median_net_revenue_retention,
    -- Share of all ranked customers that left.
    averages.churn_rate as average_churn_rate,
    -- Share of all closed deals that were won.
    averages.win_rate as average_win_rate,
    -- Median cycle of all ranked customers.
    averages.median_cycle_days as average_cycle_days,
    -- Share of all ranked customers whose recurring revenue grew.
    averages.expansion_rate as average_expansion_rate,
    -- Median net revenue retention of all ranked customers.
    averages.median_net_revenue_retention as average_net_revenue_retention
from segments
cross join averages
