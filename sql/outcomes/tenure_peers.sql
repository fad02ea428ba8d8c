-- One row per customer old enough to be compared and each customer that it is compared with: the nearest in tenure, itself
-- among them. Only for fewer than 200 customers, where a single tenure band would take in everybody, new and old.
with
mature as (
    select
        account_id,
        tenure_months,
        count(*) over () as customers
    from outcomes.customer_metrics
    where tenure_band is not null
),

-- Those as near as the last one are in too, so that no order of names decides.
distances as (
    select
        customers.account_id,
        peers.account_id as peer_id,
        rank() over (
            partition by customers.account_id
            order by round(abs(peers.tenure_months - customers.tenure_months), 6)
        ) as nearness
    from mature as customers
    cross join mature as peers
    where customers.customers < 200
)

select
    -- The customer. #not_null #references[core.customers.account_id]
    account_id,
    -- A customer it is compared with. #not_null #unique_with[account_id]
    peer_id
from distances
where nearness <= 50
