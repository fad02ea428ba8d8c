-- One row per ICP, attribute and segment: how far having the trait goes with the day on which a customer began. Where the
-- two cannot be told apart, neither can what they do.
with
starts as (
    select
        observations.icp_id,
        observations.observation_id,
        cast(date_diff('day', cast(observations.observed_at as date), run.as_of) as decimal(18, 0)) as age_days
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
        count(*) as n_known,
        sum(starts.age_days) as age_days,
        sum(starts.age_days * starts.age_days) as squared_days
    from known
    inner join starts on known.observation_id = starts.observation_id
    group by starts.icp_id, known.attribute
),

segment_totals as (
    select
        members.icp_id,
        members.attribute,
        members.segment,
        count(*) as n_segment,
        sum(starts.age_days) as age_days
    from segments.segment_members as members
    inner join starts on members.icp_id = starts.icp_id and members.observation_id = starts.observation_id
    where members.outcome = 'quality'
    group by members.icp_id, members.attribute, members.segment
),

-- Correlation of a yes or no with a number: difference of the means over the spread, by the shares of yes and no.
spreads as (
    select
        segment_totals.icp_id,
        segment_totals.attribute,
        segment_totals.segment,
        segment_totals.n_segment,
        known_totals.n_known,
        cast(segment_totals.age_days as double) / nullif(segment_totals.n_segment, 0)
        - cast(known_totals.age_days - segment_totals.age_days as double)
        / nullif(known_totals.n_known - segment_totals.n_segment, 0) as older_by_days,
        cast(known_totals.squared_days as double) / nullif(known_totals.n_known, 0)
        - (cast(known_totals.age_days as double) / nullif(known_totals.n_known, 0))
        * (cast(known_totals.age_days as double) / nullif(known_totals.n_known, 0)) as variance
    from segment_totals
    inner join known_totals
        on segment_totals.icp_id = known_totals.icp_id and segment_totals.attribute = known_totals.attribute
)

select
    -- ICP of the settings. #not_null
    icp_id,
    -- The attribute. #not_null
    attribute,
    -- The segment. #not_null #unique_with[icp_id,attribute]
    segment,
    -- Ranked customers in the segment, of known start. #not_null
    cast(n_segment as bigint) as n_segment,
    -- Days by which its customers began earlier than the others. #finite
    round(older_by_days, 3) as older_by_days,
    -- Correlation of being in the segment with time since the start; NULL where all are, or all began on
    -- one day. #between[-1,1] #finite
    case
        when older_by_days is not null and variance > 0
            then
                greatest(
                    -1.0,
                    least(
                        1.0,
                        round(
                            older_by_days
                            * sqrt(cast(n_segment as double) * (n_known - n_segment) / nullif(n_known * n_known, 0))
                            / nullif(sqrt(variance), 0),
                            9
                        )
                    )
                )
    end as start_correlation
from spreads
