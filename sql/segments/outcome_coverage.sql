-- One row per outcome metric that sources cover for only some customers: for how many it is known, and the trait that
-- this correlates with most. Only customers old enough to be compared; those of one parent count once, since one source
-- may cover all of them.
with
totals as (
    select
        metric,
        sum(case when shared_id is null then 1 else 0 end) + count(distinct shared_id) as customers,
        sum(case when shared_id is null and is_known then 1 else 0 end)
        + count(distinct case when is_known then shared_id end) as known
    from outcomes.metric_coverage
    group by metric
    having max(case when is_known then 1 else 0 end) = 1 and min(case when is_known then 1 else 0 end) = 0
),

-- Many levels are tested, so only a large correlation far beyond chance counts.
uneven as (
    select
        coverage_by_level.*,
        row_number() over (partition by metric order by abs(z) desc, attribute asc, level asc) as place
    from segments.coverage_by_level
    where abs(z) >= 4.5 and abs(share_inside - share_outside) >= 0.25 and customers >= 5
)

select
    -- Outcome metric, by its key in icp.yaml. #not_null #unique
    totals.metric,
    -- Customers old enough to be compared. #not_null
    cast(totals.customers as bigint) as customers,
    -- Those of them whose metric is known, for at least one account of a parent. #not_null
    cast(totals.known as bigint) as known_customers,
    -- Attribute that correlates most with whether it is known; NULL if none does.
    uneven.attribute,
    -- Its level.
    uneven.level,
    -- Customers that have the level.
    uneven.customers as level_customers,
    -- Share of them whose metric is known. #between[0,1] #finite
    uneven.share_inside,
    -- The same share of customers with other levels. #between[0,1] #finite
    uneven.share_outside,
    -- Difference of the two in standard errors. #finite
    uneven.z
from totals
left join uneven on totals.metric = uneven.metric and uneven.place = 1
