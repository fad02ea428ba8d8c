-- One row per outcome and observation of the ICP `primary`: the residual outcome after the effect of every leading
-- segment. Only with 300 observations or more; below that, pairs are not tested.
with
sizes as (
    select outcome, count(distinct cluster_id) as n_observations
    from segments.icp_observations
    where icp_id = 'primary'
    group by outcome
    having count(distinct cluster_id) >= 300
),

expected as (
    select
        memberships.outcome,
        memberships.observation_id,
        cast(
            sum(cast(leading_segments.joint_effect * (memberships.is_member - leading_segments.share) as decimal(18, 9)))
            as double
        ) as expected_y
    from segments.strong_memberships as memberships
    inner join segments.leading_segments as leading_segments
        on memberships.outcome = leading_segments.outcome
        and memberships.attribute = leading_segments.attribute
        and memberships.segment = leading_segments.segment
    group by memberships.outcome, memberships.observation_id
)

select
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    observations.outcome,
    -- The customer's account_id, or the deal_id. #not_null #unique_with[outcome]
    observations.observation_id,
    -- Outcome less the effects of the single segments, up to a constant that cancels when two are compared. #not_null
    -- #finite
    observations.y - coalesce(expected.expected_y, 0.0) as residual,
    -- 1 for one of the best customers, or a won deal. #not_null #accepted[0,1]
    case when observations.is_good then 1 else 0 end as is_good,
    -- 1 for one of the worst customers, or a lost deal. #not_null #accepted[0,1]
    case when observations.is_bad then 1 else 0 end as is_bad,
    -- Unit of observation: accounts of one parent are one. #not_null
    observations.cluster_id,
    -- The same if it has more rows; NULL for observations that stand alone.
    observations.shared_id,
    -- 1 divided by the cluster's rows. #not_null
    observations.weight
from segments.icp_observations as observations
inner join sizes on observations.outcome = sizes.outcome
left join expected
    on observations.outcome = expected.outcome and observations.observation_id = expected.observation_id
where observations.icp_id = 'primary'
