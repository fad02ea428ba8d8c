-- One row per ICP of the settings: what its live version was learned from, and what there is to learn from today.
with
-- Accounts of one parent are one customer.
customers as (
    select
        members.icp_id,
        count(*) as accounts,
        count(distinct case
            when scores.account_id is not null then coalesce(parents.ultimate_parent_id, scores.account_id)
        end) as customers,
        count(distinct case
            when scores.cohort is not null then coalesce(parents.ultimate_parent_id, scores.account_id)
        end) as ranked_customers,
        sum(case when scores.rank_status = 'too_new' then 1 else 0 end) as too_new,
        sum(case when scores.rank_status = 'too_little_known' then 1 else 0 end) as too_little_known,
        max(case when scores.rank_status = 'too_little_known' then scores.weight_seen end) as most_weight_seen
    from core.icp_members as members
    left join outcomes.customer_scores as scores on members.account_id = scores.account_id
    left join core.account_parents as parents on scores.account_id = parents.account_id and parents.accounts > 1
    group by members.icp_id
),

-- If all deals are won, or all lost, they are not used as observations.
deals as (
    select
        members.icp_id,
        sum(case when deals.is_won then 1 else 0 end) as won,
        sum(case when deals.is_won then 0 else 1 end) as lost
    from core.deals as deals
    inner join core.icp_members as members on deals.account_id = members.account_id
    where deals.deal_role = 'new_business' and deals.is_closed and deals.is_won is not null
    group by members.icp_id
),

proxies as (
    select
        members.icp_id,
        count(*) as accounts,
        sum(case when observations.is_best then 1 else 0 end) as good,
        sum(case when observations.is_worst then 1 else 0 end) as bad
    from outcomes.proxy_observations as observations
    inner join core.icp_members as members on observations.account_id = members.account_id
    group by members.icp_id
),

tries as (
    select icp_id, basis, signal_z
    from icp.learned_versions
    where status = 'no_signal' and recency_of_status = 1
)

select
    -- #not_null #unique #same_count_as[settings.icps]
    live.icp_id,
    -- How messages about it begin; NULL for `primary`, which they do not name.
    case when live.icp_id <> 'primary' then 'ICP ' || live.icp_id || ': ' end as spoken_name,
    -- The live version; NULL before the first one.
    live.icp_version,
    -- The day it was learned.
    learned.learned_on,
    -- What it was learned from; outcomes before the first version. #not_null #accepted[outcomes,wins,proxy,none]
    coalesce(live.basis, 'outcomes') as basis,
    -- The outcome metrics that were known then, with their weights, or deals won.
    live.measured_by,
    -- Whether it ranked held-out accounts better than chance.
    live.has_signal,
    -- How many standard errors better.
    learned.signal_z,
    -- How many criteria it has. #not_null
    live.criteria,
    -- Filter that it was learned for; NULL where it was learned for every account.
    learned.filter_sql as learned_filter_sql,
    -- Filter of icp.yaml today; NULL where the ICP is about every account.
    live.filter_sql,
    -- Accounts that meet the filter. #not_null
    cast(coalesce(customers.accounts, 0) as bigint) as accounts,
    -- Customers among them. #not_null
    cast(coalesce(customers.customers, 0) as bigint) as customers,
    -- Customers that are ranked by their outcomes. #not_null
    cast(coalesce(customers.ranked_customers, 0) as bigint) as ranked_customers,
    -- Customers by account that are too new to be ranked. #not_null
    cast(coalesce(customers.too_new, 0) as bigint) as too_new,
    -- Customers by account with too few known outcomes to be ranked. #not_null
    cast(coalesce(customers.too_little_known, 0) as bigint) as too_little_known,
    -- Largest sum of the weights of known metrics among them.
    customers.most_weight_seen,
    -- What would be learned from today. #not_null #accepted[outcomes,wins,none]
    today.basis as basis_today,
    -- Ranked customers with a metric that was measured after they signed. #not_null
    today.measured_customers,
    -- Closed deals of new business. #not_null
    today.closed_deals,
    -- Won deals of new business. #not_null
    cast(coalesce(deals.won, 0) as bigint) as won_deals,
    -- Lost deals of new business. #not_null
    cast(coalesce(deals.lost, 0) as bigint) as lost_deals,
    -- Accounts that deals, trials or touches say something about. #not_null
    cast(coalesce(proxies.accounts, 0) as bigint) as proxy_accounts,
    -- Those that advanced. #not_null
    cast(coalesce(proxies.good, 0) as bigint) as proxy_good,
    -- Those that did not advance. #not_null
    cast(coalesce(proxies.bad, 0) as bigint) as proxy_bad,
    -- Basis of the last attempt that found no signal; outcomes if there never was one. #not_null
    coalesce(tries.basis, 'outcomes') as tried_basis,
    -- Standard errors by which that attempt ranked held-out accounts better than chance.
    tries.signal_z as tried_z
from icp.live_versions as live
inner join segments.learning_basis as today on live.icp_id = today.icp_id
left join icp.learned_versions as learned on live.icp_id = learned.icp_id and live.icp_version = learned.icp_version
left join customers on live.icp_id = customers.icp_id
left join deals on live.icp_id = deals.icp_id
left join proxies on live.icp_id = proxies.icp_id
left join tries on live.icp_id = tries.icp_id
