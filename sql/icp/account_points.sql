-- One row per account and ICP: the sums and facts that decide its score and tier. #by[account_id]
with
fit as (
    select account_id, icp_id, cast(sum(points) as decimal(18, 9)) as fit_points
    from icp.score_evidence
    group by account_id, icp_id
),

triggers as (
    select account_id, icp_id, cast(sum(counted_points) as decimal(18, 9)) as trigger_score
    from icp.trigger_points
    group by account_id, icp_id
)

select
    -- #not_null
    known.account_id,
    -- #not_null #unique_with[account_id] #same_count_as[core.icp_members]
    known.icp_id,
    -- Version that gives the points; NULL where none is live.
    versions.icp_version,
    -- Sum of the evidence, in log-odds of the ideal outcome; NULL before any version is live.
    fit.fit_points,
    -- Log-odds that recent triggers add. #not_null
    coalesce(triggers.trigger_score, 0) as trigger_score,
    -- How many of the criteria's traits are known for the account. #not_null
    known.known_attributes,
    -- The same as a share of all the criteria's traits; NULL without criteria. #between[0,1]
    known.known_share,
    -- Disqualifier that it meets; NULL if none.
    known.disqualified_by,
    -- Part of the fit points that comes from its buying process, in log-odds. #not_null
    coalesce(processes.points, 0) as process_points,
    -- Whether its buying process meets a negative criterion. #not_null
    coalesce(processes.meets_negative_criterion, false) as has_negative_process,
    -- What in its buying process counts most against it; NULL if nothing is known about it.
    processes.strongest_objection,
    -- 1 engaged, 2 somewhat engaged, 3 hardly engaged. #not_null #between[1,3]
    coalesce(engagement.engagement_level, 3) as engagement_level,
    -- Log-odds that engagement may add where the fit allows. #not_null
    coalesce(engagement.points, 0) as possible_engagement
from icp.known_criteria as known
inner join icp.live_versions as versions on known.icp_id = versions.icp_id
left join fit on known.account_id = fit.account_id and known.icp_id = fit.icp_id
left join triggers on known.account_id = triggers.account_id and known.icp_id = triggers.icp_id
left join icp.buying_process as processes
    on known.account_id = processes.account_id and known.icp_id = processes.icp_id
left join icp.engagement_points as engagement
    on known.account_id = engagement.account_id and known.icp_id = engagement.icp_id
