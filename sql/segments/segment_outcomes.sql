-- One row per attribute and segment of the ICP `primary`: churn, win rate, sales cycle, expansion and retention beside
-- the average. Of ranked customers and closed deals whose attribute was known in time. Accounts of one parent count as
-- one customer and one deal.
with
-- One row for each ranked customer and each closed deal, with only its own figures filled.
facts as (
    select
        observations.outcome,
        observations.observation_id,
        observations.shared_id,
        case when observations.shared_id is null then 1 else 0 end as is_alone,
        observations.weight,
        1 - scores.retained as churned,
        case when scores.expansion_usd > 0 then 1 when scores.expansion_usd <= 0 then 0 end as expanded,
        case when observations.outcome = 'win' then case when observations.is_good then 1 else 0 end end as won
    from segments.icp_observations as observations
    left join outcomes.customer_scores as scores
        on observations.outcome = 'quality' and observations.account_id = scores.account_id
    where observations.icp_id = 'primary'
),

-- The segment * of the attribute * is everybody.
memberships as (
    select attribute, segment, outcome, observation_id
    from segments.segment_members
    where icp_id = 'primary'
    union all
    select '*' as attribute, '*' as segment, outcome, observation_id
    from facts
),

rates as (
    select
        memberships.attribute,
        memberships.segment,
        sum(case when facts.outcome = 'quality' then facts.is_alone else 0 end)
        + count(distinct case when facts.outcome = 'quality' then facts.shared_id end) as customers,
        sum(case when facts.churned is not null then facts.is_alone else 0 end)
        + count(distinct case when facts.churned is not null then facts.shared_id end) as churn_customers,
        sum(case when facts.won is not null then facts.is_alone else 0 end)
        + count(distinct case when facts.won is not null then facts.shared_id end) as deals,
        round(
            cast(sum(cast(cast(facts.churned as decimal(18, 9)) * facts.weight as decimal(28, 12))) as double)
            / nullif(cast(sum(case when facts.churned is not null then facts.weight end) as double), 0),
            9
        ) as churn_rate,
        cast(sum(facts.won * facts.weight) as double)
        / nullif(cast(sum(case when facts.won is not null then facts.weight end) as double), 0) as win_rate,
        cast(sum(facts.expanded * facts.weight) as double)
        / nullif(cast(sum(case when facts.expanded is not null then facts.weight end) as double), 0) as expansion_rate
    from memberships
    inner join facts on memberships.outcome = facts.outcome and memberships.observation_id = facts.observation_id
    group by memberships.attribute, memberships.segment
),

measured as (
    select rates.*, medians.median_cycle_days, medians.median_net_revenue_retention
    from rates
    left join segments.segment_medians as medians
        on rates.attribute = medians.attribute and rates.segment = medians.segment
)

select
    -- #not_null
    segments.attribute,
    -- #not_null #unique_with[attribute]
    segments.segment,
    -- Ranked customers in the segment. #not_null
    cast(segments.customers as bigint) as customers,
    -- Closed deals in the segment. #not_null
    cast(segments.deals as bigint) as deals,
    -- Ranked customers in the segment whose churn would show in some source. #not_null
    cast(segments.churn_customers as bigint) as churn_customers,
    -- Share of them that left. #finite
    segments.churn_rate,
    -- Share of its closed deals that were won. #between[0,1] #finite
    segments.win_rate,
    -- Median days from the creation of the won deal to its close. #finite
    segments.median_cycle_days,
    -- Share of its customers whose recurring revenue grew. #between[0,1] #finite
    segments.expansion_rate,
    -- Median recurring revenue now over that of a year ago. #finite
    segments.median_net_revenue_retention,
    -- Share that left of all ranked customers whose churn would show.
    everybody.churn_rate as average_churn_rate,
    -- Share of all closed deals that were won.
    everybody.win_rate as average_win_rate,
    -- Median sales cycle of all ranked customers, in days.
    everybody.median_cycle_days as average_cycle_days,
    -- Share of all ranked customers whose recurring revenue grew.
    everybody.expansion_rate as average_expansion_rate,
    -- Median net revenue retention of all ranked customers.
    everybody.median_net_revenue_retention as average_net_revenue_retention
from measured as segments
cross join measured as everybody
where segments.attribute <> '*' and everybody.attribute = '*'
