-- One row per outcome metric and level of an attribute: the share of customers with that level whose metric is known,
-- and the share among other customers. Counts customers old enough to be compared whose attribute is known; those of one
-- parent count once. Leaking attributes are left out.
with
metric_flags as (
    select metric, cast(round(power(2, row_number() over (order by metric))) as bigint) as flag
    from (select distinct metric from outcomes.metric_coverage) as metrics
),

known_metrics as (
    select
        coverage.account_id, coverage.shared_id, coverage.weight,
        sum(metric_flags.flag) as asked,
        sum(case when coverage.is_known then metric_flags.flag else 0 end) as known
    from outcomes.metric_coverage as coverage
    inner join metric_flags on coverage.metric = metric_flags.metric
    group by coverage.account_id, coverage.shared_id, coverage.weight
),

-- Customers of whom the same metrics are known are counted together, under the id of one of them: there are few such
-- groups, but millions of rows with a customer, a level and a metric.
customers as (
    select account_id, min(account_id) over (partition by shared_id, weight, asked, known) as like_id
    from known_metrics
),

owned_levels as (
    select customers.like_id, attributes.account_id, attributes.attribute, attributes.level
    from core.account_attributes as attributes
    inner join segments.attribute_leaks as leaks on attributes.attribute = leaks.attribute
    inner join customers on attributes.account_id = customers.account_id
    where leaks.verdict <> 'block'
),

-- Each attribute as a whole (its level is NULL), and each of its levels.
owned as (
    select like_id, attribute, cast(null as varchar) as level, cast(count(distinct account_id) as integer) as n
    from owned_levels
    group by like_id, attribute
    union all
    select like_id, attribute, level, cast(count(*) as integer) as n
    from owned_levels
    group by like_id, attribute, level
),

-- Customers without relatives are added up in one row, without a `shared_id`.
buyers as (
    select
        coverage.metric, owned.attribute, owned.level, coverage.shared_id,
        case when coverage.shared_id is null then sum(owned.n) else 1 end as customers,
        sum(owned.n * coverage.weight) as weight,
        case
            when coverage.shared_id is null then sum(owned.n * cast(coverage.weight * coverage.weight as decimal(18, 12)))
            else cast(sum(owned.n * coverage.weight) * sum(owned.n * coverage.weight) as decimal(18, 12))
        end as squared,
        sum(case when coverage.is_known then owned.n * coverage.weight else 0 end) as known
    from outcomes.metric_coverage as coverage
    inner join owned on coverage.account_id = owned.like_id
    group by coverage.metric, owned.attribute, owned.level, coverage.shared_id
),

attribute_totals as (
    select metric, attribute, sum(weight) as weight, sum(squared) as squared, sum(known) as known
    from buyers
    where level is null
    group by metric, attribute
),

level_totals as (
    select
        inside.metric, inside.attribute, inside.level,
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
    from buyers as inside
    left join buyers as everywhere
        on inside.metric = everywhere.metric
        and inside.attribute = everywhere.attribute
        and inside.shared_id = everywhere.shared_id
        and everywhere.level is null
    where inside.level is not null
    group by inside.metric, inside.attribute, inside.level
),

-- The effective number of customers: the squared sum of the weights divided by the sum of the parents' squares.
shares as (
    select
        level_totals.metric, level_totals.attribute, level_totals.level, level_totals.customers,
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
)

select
    -- Outcome metric, by its key in icp.yaml. #not_null
    metric,
    -- #not_null
    attribute,
    -- Its level. #not_null #unique_with[metric,attribute]
    level,
    -- Customers that have the level. #not_null
    cast(customers as bigint) as customers,
    -- Share of them whose metric is known. #not_null #between[0,1] #finite
    share_inside,
    -- The same share of customers with other levels; NULL where there are none. #between[0,1] #finite
    share_outside,
    -- Difference of the two in standard errors; NULL if the metric is known for all or for none. #finite
    round((share_inside - share_outside) / nullif(sqrt(share_all * (1 - share_all) * spread), 0), 6) as z
from shares
