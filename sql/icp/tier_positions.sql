-- One row per account and ICP: the tier that today's points give, and those a margin below and above them.
-- 1, 2, 3 are the tiers, 4 is not ICP; NULL is unscored. Tier 1 needs fit, an active trigger, and a buying process that
-- does not speak against it: one that does (below -0.25 in all, or a negative criterion met) leaves it at tier 2.
-- #by[account_id]
with
totals as (
    select
        scores.account_id,
        scores.icp_id,
        scores.icp_version,
        scores.status,
        scores.fit_points,
        scores.fit_points + scores.trigger_score as total,
        scores.trigger_score,
        scores.engagement_level,
        versions.edge_a,
        versions.edge_b,
        versions.edge_d,
        run.tier_margin as margin,
        coalesce(processes.points, 0) as process_points,
        coalesce(processes.meets_negative_criterion, false) as has_negative_process,
        processes.strongest_objection,
        run.as_of
    from icp.account_scores as scores
    inner join icp.live_versions as versions on scores.icp_id = versions.icp_id
    left join icp.buying_process as processes
        on scores.account_id = processes.account_id and scores.icp_id = processes.icp_id
    cross join settings.run as run
)

select
    -- Account. #not_null
    totals.account_id,
    -- ICP. #not_null #unique_with[account_id] #same_count_as[icp.account_scores]
    totals.icp_id,
    -- Tier of fit and triggers together; tier 1 also needs an active trigger and no objection. #between[1,4]
    case
        when totals.status = 'disqualified' then 4
        when totals.status <> 'scored' then null
        when totals.total < totals.edge_d then 4
        when totals.total >= totals.edge_a and totals.trigger_score >= 0.25
            and totals.process_points >= -0.25 and not totals.has_negative_process then 1
        when totals.total >= totals.edge_b then 2
        else 3
    end as tier_rank,
    -- The same with the margin in its favour. #between[1,4]
    case
        when totals.status = 'disqualified' then 4
        when totals.status <> 'scored' then null
        when totals.total + totals.margin < totals.edge_d then 4
        when totals.total + totals.margin >= totals.edge_a and totals.trigger_score + totals.margin >= 0.25
            and totals.process_points + totals.margin >= -0.25 and not totals.has_negative_process then 1
        when totals.total + totals.margin >= totals.edge_b then 2
        else 3
    end as best_rank,
    -- The same with the margin against it. #between[1,4]
    case
        when totals.status = 'disqualified' then 4
        when totals.status <> 'scored' then null
        when totals.total - totals.margin < totals.edge_d then 4
        when totals.total - totals.margin >= totals.edge_a and totals.trigger_score - totals.margin >= 0.25
            and totals.process_points - totals.margin >= -0.25 and not totals.has_negative_process then 1
        when totals.total - totals.margin >= totals.edge_b then 2
        else 3
    end as worst_rank,
    -- Tier of fit alone, as if nothing had happened lately. #between[1,4]
    case
        when totals.status = 'disqualified' then 4
        when totals.status <> 'scored' then null
        when totals.fit_points < totals.edge_d then 4
        when totals.fit_points >= totals.edge_b then 2
        else 3
    end as untriggered_rank,
    -- Letter for fit, digit for engagement; NULL when unscored. #accepted[A1,A2,A3,B1,B2,B3,C1,C2,C3,D1,D2,D3]
    case when totals.status <> 'insufficient_data' then
        case
            when totals.status = 'disqualified' or totals.fit_points < totals.edge_d then 'D'
            when totals.fit_points >= totals.edge_a then 'A'
            when totals.fit_points >= totals.edge_b then 'B'
            else 'C'
        end || cast(totals.engagement_level as varchar)
    end as grade,
    -- What in its buying process keeps it out of tier 1 today; NULL where nothing does.
    case
        when totals.status = 'scored' and totals.total >= totals.edge_a and totals.trigger_score >= 0.25
            and (totals.process_points < -0.25 or totals.has_negative_process) then totals.strongest_objection
    end as withheld_because,
    -- Whether the score may be acted on. #not_null
    totals.status,
    -- Version that scored it.
    totals.icp_version,
    -- Day of the scoring. #not_null
    totals.as_of
from totals
