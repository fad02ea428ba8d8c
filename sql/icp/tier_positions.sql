-- One row per account and ICP: the tier that today's points give, and those that a margin more or less would give, all
-- by icp.tier_cases. Ranks 1, 2 and 3 are the tiers, 4 is not ICP, NULL is unscored. #by[account_id]
with
positions as (
    select
        account_id,
        icp_id,
        max(case when case_kind = 'as_is' then status end) as status,
        max(case when case_kind = 'as_is' then tier end) as tier,
        max(case when case_kind = 'as_is' then tier_rank end) as tier_rank,
        max(case when case_kind = 'as_is' then best_rank end) as best_rank,
        max(case when case_kind = 'as_is' then worst_rank end) as worst_rank,
        max(case when case_kind = 'as_is' then band end) as fit_band,
        max(case when case_kind = 'unopposed' then tier_rank end) as unopposed_rank
    from icp.tier_cases
    where case_kind in ('as_is', 'unopposed')
    group by account_id, icp_id
)

select
    -- #not_null
    positions.account_id,
    -- #not_null #unique_with[account_id] #same_count_as[core.icp_members]
    positions.icp_id,
    -- Tier that today's points give. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    positions.tier,
    -- The same as a number; NULL for unscored. #between[1,4]
    positions.tier_rank,
    -- The same with the margin in its favour. #between[1,4]
    positions.best_rank,
    -- Rank with the margin against it. #between[1,4]
    positions.worst_rank,
    -- Fit as a letter, engagement as a digit; NULL when unscored. #accepted[A1,A2,A3,B1,B2,B3,C1,C2,C3,D1,D2,D3]
    positions.fit_band || cast(points.engagement_level as varchar) as grade,
    -- What in its buying process keeps it out of tier 1 today; NULL if nothing does.
    case when positions.unopposed_rank < positions.tier_rank then points.strongest_objection end as withheld_because,
    -- scored; disqualified; or insufficient_data: too few of the criteria's traits are known. #not_null
    positions.status,
    -- Version that scored it.
    points.icp_version,
    -- Day of the scoring. #not_null
    run.as_of
from positions
inner join icp.account_points as points
    on positions.account_id = points.account_id and positions.icp_id = points.icp_id
cross join settings.run as run
