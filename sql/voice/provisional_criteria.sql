-- One row per ICP and claim while outcomes cannot decide yet, with fewer than 30 ranked customers: what the interviewed
-- people would look for. It tags nobody.
with
undecided_icps as (
    select icps.icp_id, count(distinct observations.cluster_id) as ranked_customers
    from settings.icps as icps
    left join segments.icp_observations as observations
        on icps.icp_id = observations.icp_id and observations.outcome = 'quality'
    group by icps.icp_id
    having count(distinct observations.cluster_id) < 30
),

asked as (
    select count(distinct respondent) as respondents
    from staging.interviews
    cross join settings.run
    where held_on <= run.as_of
)

select
    -- #not_null
    claims.icp_id,
    -- #not_null
    claims.attribute,
    -- #not_null
    claims.segment,
    -- better or worse: how the respondents say the segment turns out against the rest. #not_null
    -- #accepted[better,worse] #unique_with[icp_id,attribute,segment]
    claims.says,
    -- Respondents who say so. #not_null
    claims.respondents,
    -- Respondents who say the opposite. #not_null
    coalesce(opposite.respondents, 0) as against,
    -- Respondents who were asked. #not_null
    cast(asked.respondents as bigint) as asked,
    -- Whether an attribute records it. #not_null
    claims.is_recorded,
    -- Ranked customers so far; outcomes decide from 30. #not_null
    cast(undecided_icps.ranked_customers as bigint) as ranked_customers
from voice.claims as claims
inner join undecided_icps on claims.icp_id = undecided_icps.icp_id
cross join asked
left join voice.claims as opposite
    on claims.icp_id = opposite.icp_id
    and claims.attribute = opposite.attribute
    and claims.segment = opposite.segment
    and claims.says <> opposite.says
