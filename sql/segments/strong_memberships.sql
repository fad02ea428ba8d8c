-- One row per strong segment and observation whose attribute is known: whether the observation is in the segment.
with
known as (
    select distinct levels.outcome, levels.observation_id, levels.attribute
    from segments.observed_levels as levels
    inner join segments.strong_segments as strong
        on levels.outcome = strong.outcome and levels.attribute = strong.attribute
    inner join segments.icp_observations as observations
        on levels.outcome = observations.outcome and levels.observation_id = observations.observation_id
    where observations.icp_id = 'primary'
)

select
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    strong.outcome,
    -- The observation. #not_null #unique_with[outcome,attribute,segment]
    known.observation_id,
    -- #not_null
    strong.attribute,
    -- #not_null
    strong.segment,
    -- 1 for a member, 0 for one whose attribute has other levels. #not_null #accepted[0,1]
    case when members.observation_id is null then 0 else 1 end as is_member
from segments.strong_segments as strong
inner join known on strong.outcome = known.outcome and strong.attribute = known.attribute
left join segments.segment_members as members
    on members.icp_id = 'primary'
    and known.outcome = members.outcome
    and known.observation_id = members.observation_id
    and strong.attribute = members.attribute
    and strong.segment = members.segment
