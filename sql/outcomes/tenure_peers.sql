-- One row per customer old enough to be compared and each customer it is compared with: the nearest in tenure, itself
-- included. Used only below 200 customers, where one tenure band would hold new and old alike. Customers of one parent
-- count once; within parents of a thousand accounts or more, pairs would be too many and are left out.
with
mature as (
    select
        account_id,
        tenure_months,
        account_weight,
        round(cast(sum(account_weight) over () as double), 6) as customers,
        count(*) over () as accounts
    from outcomes.customer_metrics
    where tenure_band is not null
),

distances as (
    select
        customers.account_id,
        peers.account_id as peer_id,
        peers.account_weight,
        round(abs(peers.tenure_months - customers.tenure_months), 6) as distance
    from mature as customers
    cross join mature as peers
    where customers.customers < 200 and customers.accounts < 1000
),

-- Those as near as the last one are included too, so that names do not decide.
placed as (
    select
        account_id,
        peer_id,
        round(
            cast(
                sum(account_weight) over (partition by account_id order by distance nulls first)
                - sum(account_weight) over (partition by account_id, distance) as double
            ),
            6
        ) as nearer
    from distances
)

select
    -- The customer. #not_null #references[core.customers.account_id]
    account_id,
    -- A customer it is compared with. #not_null #unique_with[account_id]
    peer_id
from placed
where nearer < 50
