-- One row per thing that turned out well or badly: ranked customers (outcome quality) and closed deals of new business
-- (outcome win). Accounts of one ultimate parent are one buyer and together weigh 1. Both outcomes are in log-odds, so
-- a segment's mean difference is its shift in log-odds.
with
-- Only accounts with relatives: each deal of the others is a decision of its own.
relatives as (
    select account_id, ultimate_parent_id
    from core.account_parents
    where accounts > 1
),

new_business as (
    select
        deals.deal_id,
        deals.account_id,
        deals.is_won,
        -- Where an import set the creation date, the close is the best date known.
        coalesce(deals.opened_on, deals.closed_at) as observed_at,
        coalesce(relatives.ultimate_parent_id, deals.account_id) as ultimate_parent_id,
        coalesce(relatives.ultimate_parent_id, deals.deal_id) as cluster_id
    from core.deals as deals
    cross join settings.run
    left join relatives on deals.account_id = relatives.account_id
    where
        deals.is_closed
        and deals.is_won is not null
        and deals.account_id is not null
        and (deals.closed_at is null or cast(deals.closed_at as date) <= run.as_of)
        and deals.deal_role = 'new_business'
),

weighed_deals as (
    select
        new_business.*,
        cast(1.0 / count(*) over (partition by cluster_id) as decimal(18, 12)) as weight
    from new_business
),

closed_deals as (
    select
        weighed_deals.*,
        cast(sum(case when is_won then weight else 0 end) over () as double)
        / nullif(cast(sum(weight) over () as double), 0) as won_share
    from weighed_deals
),

quality as (
    select
        'quality' as outcome,
        scores.account_id as observation_id,
        scores.account_id,
        cast(customers.customer_since as date) as observed_at,
        round(6 * (scores.percentile - 0.5), 9) as y,
        cast(null as boolean) as is_won,
        scores.cohort = 'best' as is_best,
        scores.cohort = 'worst' as is_worst,
        coalesce(relatives.ultimate_parent_id, scores.account_id) as ultimate_parent_id,
        coalesce(relatives.ultimate_parent_id, scores.account_id) as cluster_id,
        cast(
            1.0 / count(*) over (partition by coalesce(relatives.ultimate_parent_id, scores.account_id)) as decimal(18, 12)
        ) as weight
    from outcomes.customer_scores as scores
    inner join core.customers as customers on scores.account_id = customers.account_id
    left join relatives on scores.account_id = relatives.account_id
    where scores.percentile is not null
),

-- If all deals are won, or all lost, they do not show who wins: then there are no rows.
win as (
    select
        'win' as outcome,
        closed_deals.deal_id as observation_id,
        closed_deals.account_id,
        closed_deals.observed_at,
        round(
            (case when closed_deals.is_won then 1.0 else 0.0 end - closed_deals.won_share)
            / nullif(closed_deals.won_share * (1 - closed_deals.won_share), 0),
            9
        ) as y,
        closed_deals.is_won,
        case when closed_deals.is_won then scores.cohort = 'best' else false end as is_best,
        case when closed_deals.is_won then scores.cohort = 'worst' else false end as is_worst,
        closed_deals.ultimate_parent_id,
        closed_deals.cluster_id,
        closed_deals.weight
    from closed_deals
    left join outcomes.customer_scores as scores on closed_deals.account_id = scores.account_id
    where closed_deals.won_share > 0 and closed_deals.won_share < 1
),

both_outcomes as (
    select
        outcome, observation_id, account_id, observed_at, y, is_won, is_best, is_worst,
        ultimate_parent_id, cluster_id, weight
    from quality
    union all
    select
        outcome, observation_id, account_id, observed_at, y, is_won, is_best, is_worst,
        ultimate_parent_id, cluster_id, weight
    from win
)

select
    -- Outcome: quality (how the customer turned out) or win (whether the deal was won). #not_null
    -- #accepted[quality,win]
    both_outcomes.outcome,
    -- The customer's account_id, or the deal_id. #not_null #unique_with[outcome]
    both_outcomes.observation_id,
    -- The account; several deals may have the same one. #not_null
    both_outcomes.account_id,
    -- When the outcome window began: start of the customer, creation of the deal. Later facts do not count.
    both_outcomes.observed_at,
    -- Outcome in log-odds: 6 (percentile - 1/2) for quality; (won - p) / (p (1 - p)) for win, where p is the share won.
    -- #not_null #finite
    cast(both_outcomes.y as double) as y,
    -- Whether the deal was won; NULL for quality.
    both_outcomes.is_won,
    -- Among the best customers. For deals: won, and the customer became one of the best; NULL where that is not known yet.
    both_outcomes.is_best,
    -- Among the worst customers. For deals: won, and the customer became one of the worst; NULL where that is not known yet.
    both_outcomes.is_worst,
    -- Ultimate parent of the account: itself where it has no relatives. #not_null
    both_outcomes.ultimate_parent_id,
    -- Unit of observation: the ultimate parent if the account has relatives, else the customer or deal itself.
    -- #not_null
    both_outcomes.cluster_id,
    -- 1 divided by the cluster's rows, so that each cluster weighs 1. #not_null
    both_outcomes.weight
from both_outcomes
