-- One row per segment of the ICP `primary`: its effect among the younger and the older half of ranked customers, and
-- the difference. segments.significance says how sure that is. Customers of one parent weigh 1 together.
with
aged as (
    select
        observation_id,
        cluster_id,
        weight,
        cast(cast(y as decimal(18, 9)) * weight as decimal(28, 12)) as y,
        cast(round(y * y * weight, 6) as decimal(28, 6)) as y_squared,
        case when 2 * row_number() over (order by observed_at desc, observation_id asc) <= count(*) over ()
            then 'recent' else 'older' end as half
    from segments.icp_observations
    where icp_id = 'primary' and outcome = 'quality' and observed_at is not null
),

known as (
    select distinct observation_id, attribute
    from segments.observed_levels
    where outcome = 'quality'
),

known_totals as (
    select
        aged.half,
        known.attribute,
        count(distinct aged.cluster_id) as n_known,
        cast(sum(aged.weight) as double) as weight_known,
        sum(aged.y) as sum_y,
        sum(aged.y_squared) as sum_y_squared
    from known
    inner join aged on known.observation_id = aged.observation_id
    group by aged.half, known.attribute
),

segment_totals as (
    select
        aged.half,
        members.attribute,
        members.segment,
        count(distinct aged.cluster_id) as n,
        cast(sum(aged.weight) as double) as weight,
        sum(aged.y) as sum_y
    from segments.segment_members as members
    inner join aged on members.observation_id = aged.observation_id
    where members.icp_id = 'primary' and members.outcome = 'quality'
    group by aged.half, members.attribute, members.segment
),

-- Ten inside and ten outside in each half: with fewer a mean is meaningless.
effects as (
    select
        totals.half,
        totals.attribute,
        totals.segment,
        totals.n,
        cast(totals.sum_y as double) / nullif(totals.weight, 0)
        - cast(known_totals.sum_y - totals.sum_y as double)
        / nullif(known_totals.weight_known - totals.weight, 0) as effect,
        greatest(
            0.0,
            cast(known_totals.sum_y_squared as double)
            - cast(known_totals.sum_y as double) * cast(known_totals.sum_y as double)
            / nullif(known_totals.weight_known, 0)
        ) / nullif(known_totals.weight_known - 1, 0)
        * (1.0 / nullif(totals.weight, 0) + 1.0 / nullif(known_totals.weight_known - totals.weight, 0)) as variance
    from segment_totals as totals
    inner join known_totals on totals.half = known_totals.half and totals.attribute = known_totals.attribute
    where totals.n >= 10 and known_totals.n_known - totals.n >= 10
)

select
    -- ICP of the settings; so far always primary. #not_null #accepted[primary]
    'primary' as icp_id,
    -- #not_null
    recent.attribute,
    -- #not_null #unique_with[attribute]
    recent.segment,
    -- Ranked customers of the younger half in it. #not_null
    cast(recent.n as bigint) as n_recent,
    -- Ranked customers of the older half in it. #not_null
    cast(older.n as bigint) as n_older,
    -- Effect on how customers of the younger half turn out, in log-odds. #finite
    round(recent.effect, 9) as effect_recent,
    -- Effect among the older half. #finite
    round(older.effect, 9) as effect_older,
    -- Effect among the younger half over its standard error. #finite
    round(recent.effect / nullif(sqrt(recent.variance), 0), 9) as z_recent,
    -- Effect among the older half over its standard error. #finite
    round(older.effect / nullif(sqrt(older.variance), 0), 9) as z_older,
    -- Effect among the younger half minus that among the older. #finite
    recent.effect - older.effect as difference,
    -- Standard error of the difference. #finite
    sqrt(recent.variance + older.variance) as standard_error
from effects as recent
inner join effects as older on recent.attribute = older.attribute and recent.segment = older.segment
where recent.half = 'recent' and older.half = 'older'
