-- One row per outcome metric that a source covers for some customers only: of how many it is known, and with which trait
-- that goes most. Customers are those old enough to be compared; those of one parent are one, which one source may cover as
-- a whole.
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

-- Many levels are looked at, so what counts lies far beyond chance, and is large besides.
uneven as (
    select
        coverage_by_level.*,
        row_number() over (partition by metric order by abs(z) desc, attribute asc, level asc) as place
    from segments.coverage_by_level
    where abs(z) >= 4.5 and abs(share_inside - share_outside) >= 0.25 and customers >= 5
)

select
    -- Name of the metric, as in the settings. #not_null #unique
    totals.metric,
    -- Customers old enough to be compared. #not_null
    cast(totals.customers as bigint) as customers,
    -- Of how many of them the metric is known, of one of a parent's at least. #not_null
    cast(totals.known as bigint) as known_customers,
    -- Attribute with which that goes most; NULL where it goes with none.
    uneven.attribute,
    -- Its level.
    uneven.level,
    -- Customers that have the level.
    uneven.customers as level_customers,
    -- Share of these of which the metric is known. #between[0,1] #finite
    uneven.share_inside,
    -- The same share of customers with other levels. #between[0,1] #finite
    uneven.share_outside,
    -- How far beyond chance the two lie apart, in standard errors. #finite
    uneven.z
from totals
left join uneven on totals.metric = uneven.metric and uneven.place = 1
