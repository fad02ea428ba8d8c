-- One row per criterion of a live ICP and trait that goes with it: as clear by itself, met by much the same customers, and
-- those who meet only one of the two do not differ beyond chance. Which of them matters these customers cannot tell; the
-- criterion stands for both. At most two per criterion, of attributes that no criterion is about.
with
icps as (
    select versions.icp_id, versions.icp_version, icps.filter_sql is not null as is_filtered
    from icp.live_versions as versions
    inner join settings.icps as icps on versions.icp_id = icps.icp_id
),

criteria as (
    select criteria.icp_id, criteria.icp_version, icps.is_filtered, criteria.attribute, criteria.segment,
        case when criteria.kind in ('must_have', 'positive') then 'icp' else 'negative' end as verdict
    from icp.criteria as criteria
    inner join icps on criteria.icp_id = icps.icp_id and criteria.icp_version = icps.icp_version
),

clear_segments as (
    select icps.icp_id, lift.attribute, lift.segment, lift.verdict
    from segments.segment_lift as lift
    cross join icps
    where lift.outcome = 'quality' and lift.verdict in ('icp', 'negative') and not icps.is_filtered
    union all
    select lift.icp_id, lift.attribute, lift.segment, lift.verdict
    from segments.icp_segment_lift as lift
    where lift.outcome = 'quality' and lift.verdict in ('icp', 'negative')
),

criterion_attributes as (
    select distinct icp_id, attribute
    from criteria
),

pairs as (
    select
        criteria.*,
        twins.attribute as twin_attribute,
        twins.segment as twin_segment
    from criteria
    inner join clear_segments as twins on criteria.icp_id = twins.icp_id and criteria.verdict = twins.verdict
    left join criterion_attributes as taken
        on twins.icp_id = taken.icp_id and twins.attribute = taken.attribute
    where taken.attribute is null
),

definitions as (
    select icps.icp_id, company.attribute, company.segment, company.level
    from segments.segment_definitions as company
    cross join icps
    where not icps.is_filtered
    union all
    select icp_id, attribute, segment, level
    from segments.icp_segment_definitions
),

customers as (
    select icps.icp_id, observations.observation_id, cast(observations.y as decimal(18, 9)) as y
    from outcomes.observations as observations
    cross join icps
    where observations.outcome = 'quality' and not icps.is_filtered
    union all
    select icp_id, observation_id, cast(y as decimal(18, 9)) as y
    from segments.icp_observations
    where outcome = 'quality'
),

asked as (
    select icp_id, attribute, segment from pairs
    union
    select icp_id, twin_attribute, twin_segment from pairs
),

-- Whether each customer meets each of them, where the attribute is known.
met as (
    select
        asked.icp_id,
        asked.attribute,
        asked.segment,
        customers.observation_id,
        customers.y,
        max(case when definitions.level is null then 0 else 1 end) as is_met
    from asked
    inner join segments.observed_levels as observed
        on asked.attribute = observed.attribute and observed.outcome = 'quality'
    inner join customers
        on asked.icp_id = customers.icp_id and observed.observation_id = customers.observation_id
    left join definitions
        on asked.icp_id = definitions.icp_id
        and asked.attribute = definitions.attribute
        and asked.segment = definitions.segment
        and observed.level = definitions.level
    group by asked.icp_id, asked.attribute, asked.segment, customers.observation_id, customers.y
),

counts as (
    select
        pairs.icp_id,
        pairs.icp_version,
        pairs.attribute,
        pairs.segment,
        pairs.twin_attribute,
        pairs.twin_segment,
        count(*) as n,
        sum(own.is_met) as n_own,
        sum(twin.is_met) as n_twin,
        sum(own.is_met * twin.is_met) as n_both,
        sum(own.is_met * (1 - twin.is_met)) as n_own_only,
        sum(twin.is_met * (1 - own.is_met)) as n_twin_only,
        cast(sum(own.y * own.is_met * (1 - twin.is_met)) as double) as own_only_y,
        cast(sum(own.y * twin.is_met * (1 - own.is_met)) as double) as twin_only_y,
        cast(sum(own.y) as double) as sum_y,
        cast(sum(cast(round(own.y * own.y, 6) as decimal(28, 6))) as double) as sum_y_squared
    from pairs
    inner join met as own
        on pairs.icp_id = own.icp_id and pairs.attribute = own.attribute and pairs.segment = own.segment
    inner join met as twin
        on pairs.icp_id = twin.icp_id
        and pairs.twin_attribute = twin.attribute
        and pairs.twin_segment = twin.segment
        and own.observation_id = twin.observation_id
    group by
        pairs.icp_id, pairs.icp_version, pairs.attribute, pairs.segment, pairs.twin_attribute, pairs.twin_segment
),

-- Correlation of meeting one and the other, and how far those who meet only one differ.
compared as (
    select
        counts.*,
        round(
            (cast(n_both as double) * n - cast(n_own as double) * n_twin)
            / nullif(sqrt(cast(n_own as double) * (n - n_own) * n_twin * (n - n_twin)), 0),
            9
        ) as correlation,
        round(
            (own_only_y / nullif(n_own_only, 0) - twin_only_y / nullif(n_twin_only, 0))
            / nullif(
                sqrt(
                    greatest(0, sum_y_squared - sum_y * sum_y / nullif(n, 0)) / nullif(n - 1, 0)
                    * (1.0 / nullif(n_own_only, 0) + 1.0 / nullif(n_twin_only, 0))
                ),
                0
            ),
            9
        ) as z
    from counts
),

-- Five that meet only one, on either side: a part of the criterion, such as a sub-industry of it, is no twin.
nearest as (
    select
        compared.*,
        row_number() over (
            partition by icp_id, attribute, segment, twin_attribute order by correlation desc, twin_segment asc
        ) as place
    from compared
    where correlation >= 0.5 and least(n_own_only, n_twin_only) >= 5 and abs(z) < 1.645
),

ordered as (
    select
        nearest.*,
        row_number() over (
            partition by icp_id, attribute, segment order by correlation desc, twin_attribute asc
        ) as twin_place
    from nearest
    where place = 1
)

select
    -- ICP. #not_null
    ordered.icp_id,
    -- Version that is live. #not_null
    ordered.icp_version,
    -- The criterion's attribute. #not_null
    ordered.attribute,
    -- The criterion's segment. #not_null
    ordered.segment,
    -- Attribute of the trait that goes with it. #not_null
    ordered.twin_attribute,
    -- That trait. #not_null #unique_with[icp_id,attribute,segment,twin_attribute]
    ordered.twin_segment,
    -- Correlation of meeting the one and the other, among customers of whom both are known. #not_null #between[0,1]
    ordered.correlation,
    -- Ranked customers who meet both. #not_null
    cast(ordered.n_both as bigint) as n_both,
    -- Who meet the criterion alone. #not_null
    cast(ordered.n_own_only as bigint) as n_criterion_only,
    -- Who meet the other alone. #not_null
    cast(ordered.n_twin_only as bigint) as n_twin_only,
    -- How these two groups differ in outcome, over its standard error. #not_null #finite
    ordered.z,
    -- The same in a sentence. #not_null
    ordered.attribute || ' ' || ordered.segment || ' stands for ' || ordered.twin_attribute || ' '
    || ordered.twin_segment || ' as well: ' || cast(ordered.n_both as varchar)
    || ' customers have both, and those with one alone (' || cast(ordered.n_own_only as varchar) || ' and '
    || cast(ordered.n_twin_only as varchar) || ') do not differ beyond chance.' as summary
from ordered
where ordered.twin_place <= 2
