-- One row per ICP, attribute and segment: how far the trait correlates with the day on which a customer began. If the
-- two cannot be separated, neither can their effects. Customers of one parent weigh 1 together.
with
starts as (
    select
        observations.icp_id,
        observations.observation_id,
        observations.cluster_id,
        cast(observations.weight as decimal(24, 12)) as weight,
        cast(date_diff('day', cast(observations.observed_at as date), run.as_of) as decimal(9, 0)) as age_days
    from segments.icp_observations as observations
    cross join settings.run as run
    where observations.outcome = 'quality' and observations.observed_at is not null
),

known as (
    select distinct observation_id, attribute
    from segments.observed_levels
    where outcome = 'quality'
),

known_totals as (
    select
        starts.icp_id,
        known.attribute,
        sum(starts.weight) as known_weight,
        sum(starts.age_days * starts.weight) as age_days,
        sum(cast(starts.age_days * starts.age_days as decimal(12, 0)) * starts.weight) as squared_days
    from known
    inner join starts on known.observation_id = starts.observation_id
    group by starts.icp_id, known.attribute
),

segment_totals as (
    select
        members.icp_id,
        members.attribute,
        members.segment,
        count(distinct starts.cluster_id) as n_segment,
        sum(starts.weight) as segment_weight,
        sum(starts.age_days * starts.weight) as age_days
    from segments.segment_members as members
    inner join starts on members.icp_id = starts.icp_id and members.observation_id = starts.observation_id
    where members.outcome = 'quality'
    group by members.icp_id, members.attribute, members.segment
),

-- Correlation of a binary trait with a number: the difference of means over the spread, times the shares of yes and no.
spreads as (
    select
        segment_totals.icp_id,
        segment_totals.attribute,
        segment_totals.segment,
        segment_totals.n_segment,
        cast(segment_totals.segment_weight as double) as segment_weight,
        cast(known_totals.known_weight as double) as known_weight,
        cast(segment_totals.age_days as double) / nullif(cast(segment_totals.segment_weight as double), 0)
        - cast(known_totals.age_days - segment_totals.age_days as double)
        / nullif(cast(known_totals.known_weight - segment_totals.segment_weight as double), 0) as older_by_days,
        cast(known_totals.squared_days as double) / nullif(cast(known_totals.known_weight as double), 0)
        - (cast(known_totals.age_days as double) / nullif(cast(known_totals.known_weight as double), 0))
        * (cast(known_totals.age_days as double) / nullif(cast(known_totals.known_weight as double), 0)) as variance
    from segment_totals
    inner join known_totals
        on segment_totals.icp_id = known_totals.icp_id and segment_totals.attribute = known_totals.attribute
)

select
    -- #not_null
    icp_id,
    -- #not_null
    attribute,
    -- #not_null #unique_with[icp_id,attribute]
    segment,
    -- Ranked customers in the segment, of known start. #not_null
    cast(n_segment as bigint) as n_segment,
    -- Mean days by which its customers began earlier than the others. #finite
    round(older_by_days, 3) as older_by_days,
    -- Correlation of being in the segment with time since the start; NULL if all are in it, or all began on one day.
    -- #between[-1,1] #finite
    case
        when older_by_days is not null and variance > 0
            then
                greatest(
                    -1.0,
                    least(
                        1.0,
                        round(
                            older_by_days
                            * sqrt(
                                segment_weight * (known_weight - segment_weight) / nullif(known_weight * known_weight, 0)
                            )
                            / nullif(sqrt(variance), 0),
                            9
                        )
                    )
                )
    end as start_correlation
from spreads
