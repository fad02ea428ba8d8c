-- One row per outcome metric that a source covers for some customers only: of how many it is known, and with which trait
-- that goes most. Customers are those old enough to be compared; those of one parent are one, which one source may cover as
-- a whole.
with
coverage as (
    select
        customers.account_id,
        parents.ultimate_parent_id as shared_id,
        customers.account_weight as weight,
        metrics.metric,
        case
            when case metrics.metric
                when 'retained' then customers.retained
                when 'acv_usd' then customers.acv_usd
                when 'ltv_usd' then customers.ltv_usd
                when 'net_revenue_retention' then customers.net_revenue_retention
                when 'expansion_usd' then customers.expansion_usd
                when 'nps' then customers.nps
                when 'sales_cycle_days' then customers.sales_cycle_days
                when 'time_to_value_days' then customers.time_to_value_days
                when 'referrals' then customers.referrals
                when 'tickets_per_month' then customers.tickets_per_month
            end is not null then 1
            else 0
        end as is_known
    from outcomes.customer_metrics as customers
    cross join settings.outcome_metrics as metrics
    left join core.account_parents as parents on customers.account_id = parents.account_id and parents.accounts > 1
    where customers.tenure_band is not null and metrics.weight > 0
),

totals as (
    select
        metric,
        sum(case when shared_id is null then 1 else 0 end) + count(distinct shared_id) as customers,
        sum(case when shared_id is null then is_known else 0 end)
        + count(distinct case when is_known = 1 then shared_id end) as known,
        max(is_known) as any_known,
        max(1 - is_known) as any_unknown
    from coverage
    group by metric
),

-- Customers whose attribute is known; a level is had or not.
attribute_buyers as (
    select
        coverage.metric,
        owners.attribute,
        coverage.shared_id,
        sum(coverage.weight) as weight,
        case
            when coverage.shared_id is null then sum(cast(coverage.weight * coverage.weight as decimal(18, 12)))
            else cast(sum(coverage.weight) * sum(coverage.weight) as decimal(18, 12))
        end as squared,
        sum(coverage.is_known * coverage.weight) as known
    from coverage
    inner join (select distinct account_id, attribute from core.account_attributes) as owners
        on coverage.account_id = owners.account_id
    inner join segments.attribute_leaks as leaks on owners.attribute = leaks.attribute and leaks.verdict <> 'block'
    group by coverage.metric, owners.attribute, coverage.shared_id
),

attribute_totals as (
    select
        metric,
        attribute,
        sum(weight) as weight,
        sum(squared) as squared,
        sum(known) as known
    from attribute_buyers
    group by metric, attribute
),

level_buyers as (
    select
        coverage.metric,
        attributes.attribute,
        attributes.level,
        coverage.shared_id,
        case when coverage.shared_id is null then count(*) else 1 end as customers,
        sum(coverage.weight) as weight,
        case
            when coverage.shared_id is null then sum(cast(coverage.weight * coverage.weight as decimal(18, 12)))
            else cast(sum(coverage.weight) * sum(coverage.weight) as decimal(18, 12))
        end as squared,
        sum(coverage.is_known * coverage.weight) as known
    from coverage
    inner join core.account_attributes as attributes on coverage.account_id = attributes.account_id
    group by coverage.metric, attributes.attribute, attributes.level, coverage.shared_id
),

level_totals as (
    select
        inside.metric,
        inside.attribute,
        inside.level,
        sum(inside.customers) as customers,
        sum(inside.weight) as weight,
        sum(inside.squared) as squared,
        sum(
            case
                when inside.shared_id is null then inside.squared
                else cast(inside.weight * everywhere.weight as decimal(18, 12))
            end
        ) as squared_both,
        sum(inside.known) as known
    from level_buyers as inside
    left join attribute_buyers as everywhere
        on inside.metric = everywhere.metric
        and inside.attribute = everywhere.attribute
        and inside.shared_id = everywhere.shared_id
    group by inside.metric, inside.attribute, inside.level
),

-- As many customers of equal weight say as much: the square of the weight over the sum of the parents' squares.
shares as (
    select
        level_totals.metric,
        level_totals.attribute,
        level_totals.level,
        level_totals.customers,
        cast(level_totals.known as double) / nullif(cast(level_totals.weight as double), 0) as share_inside,
        cast(attribute_totals.known - level_totals.known as double)
        / nullif(cast(attribute_totals.weight - level_totals.weight as double), 0) as share_outside,
        cast(attribute_totals.known as double) / nullif(cast(attribute_totals.weight as double), 0) as share_all,
        cast(level_totals.squared as double)
        / nullif(cast(level_totals.weight as double) * cast(level_totals.weight as double), 0)
        + cast(attribute_totals.squared - 2 * level_totals.squared_both + level_totals.squared as double)
        / nullif(
            cast(attribute_totals.weight - level_totals.weight as double)
            * cast(attribute_totals.weight - level_totals.weight as double),
            0
        ) as spread
    from level_totals
    inner join attribute_totals
        on level_totals.metric = attribute_totals.metric and level_totals.attribute = attribute_totals.attribute
),

tests as (
    select
        metric,
        attribute,
        level,
        customers,
        share_inside,
        share_outside,
        round((share_inside - share_outside) / nullif(sqrt(share_all * (1 - share_all) * spread), 0), 6) as z
    from shares
),

-- Many levels are looked at, so what counts lies far beyond chance, and is large besides.
uneven as (
    select
        metric,
        attribute,
        level,
        customers,
        share_inside,
        share_outside,
        z,
        row_number() over (partition by metric order by abs(z) desc, attribute asc, level asc) as place
    from tests
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
    cast(uneven.customers as bigint) as level_customers,
    -- Share of these of which the metric is known. #between[0,1] #finite
    uneven.share_inside,
    -- The same share of customers with other levels. #between[0,1] #finite
    uneven.share_outside,
    -- How far beyond chance the two lie apart, in standard errors. #finite
    uneven.z
from totals
left join uneven on totals.metric = uneven.metric and uneven.place = 1
where totals.any_known = 1 and totals.any_unknown = 1
