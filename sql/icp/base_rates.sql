-- One row per ICP: how often its accounts are won and turn out among the best, before anything is known about one; how
-- often they are won, if nothing measures how they turn out. It is every account's fit probability while no version is
-- live.
with
weighed as (
    select
        members.icp_id,
        observations.outcome,
        observations.is_won,
        observations.is_best,
        cast(
            1.0 / count(*) over (partition by members.icp_id, observations.outcome, observations.cluster_id)
            as decimal(18, 12)
        ) as weight
    from outcomes.observations as observations
    inner join core.icp_members as members on observations.account_id = members.account_id
),

deals as (
    select
        icp_id,
        count(*) as closed_deals,
        sum(case when is_won then 1 else 0 end) as won_deals,
        cast(sum(case when is_won then weight else 0 end) as double) as won_weight,
        cast(sum(weight) as double) as closed_weight
    from weighed
    where outcome = 'win'
    group by icp_id
),

customers as (
    select
        icp_id,
        count(*) as ranked_customers,
        sum(case when is_best then 1 else 0 end) as best_customers,
        cast(sum(case when is_best then weight else 0 end) as double) as best_weight,
        cast(sum(weight) as double) as ranked_weight
    from weighed
    where outcome = 'quality'
    group by icp_id
)

select
    -- #not_null #unique #same_count_as[settings.icps]
    icps.icp_id,
    -- Closed deals of its accounts, where both won and lost ones are known. #not_null
    coalesce(deals.closed_deals, 0) as closed_deals,
    -- How many of them were won. #not_null
    cast(coalesce(deals.won_deals, 0) as bigint) as won_deals,
    -- Ranked customers among its accounts. #not_null
    coalesce(customers.ranked_customers, 0) as ranked_customers,
    -- How many of them are among the best. #not_null
    cast(coalesce(customers.best_customers, 0) as bigint) as best_customers,
    -- Win rate times the share of best customers; the win rate alone with the basis wins. Accounts of one parent weigh
    -- 1 together. NULL without closed deals or ranked customers. #between[0,1] #finite
    deals.won_weight / nullif(deals.closed_weight, 0)
    * case
        when basis.basis = 'wins' then 1
        else customers.best_weight / nullif(customers.ranked_weight, 0)
    end as base_rate
from settings.icps as icps
inner join segments.learning_basis as basis on icps.icp_id = basis.icp_id
left join deals on icps.icp_id = deals.icp_id
left join customers on icps.icp_id = customers.icp_id
