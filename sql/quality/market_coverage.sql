-- One row per ICP: how much of the market it takes in. An ICP that takes in most of it does not choose.
with
market as (
    select
        tiers.icp_id,
        tiers.account_id,
        case when substr(tiers.grade, 1, 1) in ('A', 'B') then 1 else 0 end as is_covered
    from icp.account_tiers as tiers
    inner join icp.account_scores as scores
        on tiers.account_id = scores.account_id and tiers.icp_id = scores.icp_id
    inner join core.accounts as accounts on tiers.account_id = accounts.account_id
    -- Customers are no market any more, and of unknown accounts nobody can say whether they are taken in.
    where not coalesce(accounts.is_customer, false) and scores.status <> 'insufficient_data'
)

select
    -- The ICP. #not_null #unique
    market.icp_id,
    -- Accounts that are not customers and known well enough to be scored. #not_null
    count(*) as known_accounts,
    -- Those of them in the two upper bands of fit, A and B. #not_null
    sum(market.is_covered) as covered_accounts,
    -- Share of the market that the ICP takes in. #not_null #between[0,1] #finite
    cast(sum(market.is_covered) as double) / count(*) as share_of_market
from market
group by market.icp_id
