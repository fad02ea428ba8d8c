-- One row per ICP and observed outcome of its accounts. An ICP without a filter, as `primary` is by default, is the
-- whole company and keeps the company's ranks. With a filter its members are ranked among themselves: if they all do
-- better than the rest of the company, company-wide ranks would leave hardly any worst ones.
with
member_outcomes as (
    select
        members.icp_id,
        observations.outcome,
        observations.observation_id,
        observations.account_id,
        observations.observed_at,
        observations.y,
        observations.cluster_id,
        case when observations.is_won then 1 else 0 end as won,
        cast(
            1.0 / count(*) over (partition by members.icp_id, observations.outcome, observations.cluster_id)
            as decimal(18, 12)
        ) as weight
    from settings.icps as icps
    inner join core.icp_members as members on icps.icp_id = members.icp_id
    inner join outcomes.observations as observations on members.account_id = observations.account_id
    where icps.filter_sql is not null and observations.y is not null
),

-- Mid-ranks, so that ties share a rank. The percentiles do not depend on tenure, and ranking them again keeps that.
placed as (
    select
        member_outcomes.*,
        cast(sum(won * weight) over (partition by icp_id, outcome) as double)
        / nullif(cast(sum(weight) over (partition by icp_id, outcome) as double), 0) as won_share,
        (
            cast(sum(weight) over (partition by icp_id, outcome order by y nulls first) as double)
            - cast(sum(weight) over (partition by icp_id, outcome, y) as double) / 2.0
        ) / nullif(cast(sum(weight) over (partition by icp_id, outcome) as double), 0) as percentile
    from member_outcomes
),

observed as (
    select
        icps.icp_id,
        observations.outcome,
        observations.observation_id,
        observations.account_id,
        observations.observed_at,
        observations.y,
        observations.cluster_id,
        observations.weight,
        case when observations.outcome = 'win' then observations.is_won else observations.is_best end as is_good,
        case when observations.outcome = 'win' then not observations.is_won else observations.is_worst end as is_bad
    from outcomes.observations as observations
    cross join settings.icps as icps
    where icps.filter_sql is null
    union all
    -- If all deals are won, or all lost, they say nothing about who wins, so there are no rows.
    select
        placed.icp_id,
        placed.outcome,
        placed.observation_id,
        placed.account_id,
        placed.observed_at,
        case
            when placed.outcome = 'quality' then round(6 * (placed.percentile - 0.5), 9)
            else round((placed.won - placed.won_share) / nullif(placed.won_share * (1 - placed.won_share), 0), 9)
        end as y,
        placed.cluster_id,
        placed.weight,
        case
            when placed.outcome = 'win' then placed.won = 1
            else round(placed.percentile, 9) >= round(1 - run.best_share, 9)
        end as is_good,
        case
            when placed.outcome = 'win' then placed.won = 0
            else round(placed.percentile, 9) <= round(run.worst_share, 9)
        end as is_bad
    from placed
    cross join settings.run as run
    where placed.outcome = 'quality' or (placed.won_share > 0 and placed.won_share < 1)
)

select
    -- #not_null
    observed.icp_id,
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    observed.outcome,
    -- The customer's account_id, or the deal_id. #not_null #unique_with[icp_id,outcome]
    observed.observation_id,
    -- #not_null
    observed.account_id,
    -- When the outcome window began: start of the customer, creation of the deal.
    observed.observed_at,
    -- Outcome in log-odds: 6 (percentile - 1/2) for quality, (won - p) / (p (1 - p)) for win, among the ICP's accounts.
    -- #not_null #finite
    cast(observed.y as double) as y,
    -- One of the ICP's best customers, or a won deal. #not_null
    coalesce(observed.is_good, false) as is_good,
    -- One of the ICP's worst customers, or a lost deal. #not_null
    coalesce(observed.is_bad, false) as is_bad,
    -- Unit of observation: the ultimate parent if the account has relatives, else the customer or deal itself.
    -- #not_null
    observed.cluster_id,
    -- The same if the ICP has more rows of it; NULL for observations that stand alone, which need no distinct count.
    case when count(*) over (partition by observed.icp_id, observed.outcome, observed.cluster_id) > 1
        then observed.cluster_id end as shared_id,
    -- 1 divided by the cluster's rows among the ICP's accounts, so that each cluster weighs 1. #not_null
    observed.weight
from observed
