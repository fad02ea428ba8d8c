-- The tier rule; it is written nowhere else (the backtest runs this text too). One row per account, ICP and case: the
-- account as it is, without objections, with the points of the last run, without each change since, and after each
-- possible change. The fit of an account decides between tier 2, tier 3 and not ICP. Tier 1 needs a good fit
-- (`tiers.tier_1_min_fit`), an active trigger that lifts it to band A, and no objection in the buying process: points
-- too far below 0, or a negative criterion met, leave the account at the tier of its fit. So a trigger lifts a good fit
-- and never makes one. Floors and margin are columns of `settings.run`, band edges of `icp.live_versions`.
-- #by[account_id]
with
cases as (
    select account_id, icp_id, 'as_is' as case_kind, cast(null as varchar) as attribute, cast(null as varchar) as segment,
        0 as fit_added, 0 as trigger_added, 0 as process_added, 0 as criteria_added, false as disqualifies, false as objects
    from icp.account_points
    union all
    select account_id, icp_id, 'unopposed', null, null, 0, 0, -process_points, 0, false, false
    from icp.account_points
    union all
    select points.account_id, points.icp_id, 'as_before', null, null, previous.fit_points - points.fit_points,
        previous.trigger_score - points.trigger_score, 0, 0, false, false
    from icp.account_points as points
    inner join icp.previous_tiers as previous
        on points.account_id = previous.account_id
        and points.icp_id = previous.icp_id
        and points.icp_version = previous.icp_version
    where previous.fit_points is not null
    union all
    select account_id, icp_id, case kind when 'trigger' then 'trigger_undone' else 'trait_undone' end, piece, null,
        -fit_change, -trigger_change, -process_change, 0, false, false
    from icp.changed_pieces
    union all
    select account_id, icp_id, 'trigger', trigger, null, 0, trigger_added, 0, 0, false, false
    from icp.possible_triggers
    union all
    select account_id, icp_id, case_kind, attribute, segment,
        fit_added, 0, process_added, criteria_added, disqualifies, objects
    from icp.possible_traits
),

-- Each case as it is; and with the margin added and subtracted, if the distance to an edge is needed.
sums as (
    select
        cases.*,
        shifts.direction,
        case
            when points.disqualified_by is not null or cases.disqualifies then 'disqualified'
            when versions.criteria > 0
                and points.known_attributes + cases.criteria_added >= versions.min_known_attributes
                and points.fit_points + cases.fit_added is not null
                and versions.edge_b is not null then 'scored'
            else 'insufficient_data'
        end as status,
        points.fit_points + cases.fit_added + run.tier_margin * shifts.direction as fit,
        (points.fit_points + points.trigger_score + cases.fit_added + cases.trigger_added)
        + run.tier_margin * shifts.direction as total,
        (points.trigger_score + cases.trigger_added) + run.tier_margin * shifts.direction
        >= run.tier_1_trigger_floor as is_triggered,
        (points.process_points + cases.process_added) + run.tier_margin * shifts.direction >= run.tier_1_process_floor
        and not ((points.has_negative_process and cases.case_kind <> 'unopposed') or cases.objects) as is_unopposed,
        versions.edge_a,
        versions.edge_b,
        versions.edge_d,
        versions.edge_tier_1
    from cases
    inner join icp.account_points as points on cases.account_id = points.account_id and cases.icp_id = points.icp_id
    inner join icp.live_versions as versions on cases.icp_id = versions.icp_id
    cross join settings.run as run
    inner join (select 0 as direction union all select 1 as direction union all select -1 as direction) as shifts
        on shifts.direction = 0 or cases.case_kind in ('as_is', 'trait')
),

bands as (
    select
        sums.*,
        case
            when status = 'disqualified' or (status = 'scored' and fit < edge_d) then 'D'
            when status = 'scored' then case when fit >= edge_a then 'A' when fit >= edge_b then 'B' else 'C' end
        end as band
    from sums
),

-- 1, 2, 3 are the tiers, 4 is not ICP; NULL is unscored.
ranks as (
    select
        bands.*,
        case
            when band is null then null
            when band = 'D' then 4
            when fit >= edge_tier_1 and total >= edge_a and is_triggered and is_unopposed then 1
            when band in ('A', 'B') then 2
            else 3
        end as tier_rank
    from bands
)

select
    -- #not_null
    ranks.account_id,
    -- #not_null
    ranks.icp_id,
    -- What is assumed: nothing (as_is), no objection in the buying process, the points of the last run, one trait or
    -- trigger unchanged since, one trigger today, one trait becoming known, or everything unknown at its best or worst.
    -- #not_null
    -- #accepted[as_is,unopposed,as_before,trait_undone,trigger_undone,trigger,trait,best_of_unknown,worst_of_unknown]
    ranks.case_kind,
    -- The trigger or the trait; NULL in the other cases.
    ranks.attribute,
    -- The trait's value; NULL for one that nothing was learned about.
    -- #unique_with[account_id,icp_id,case_kind,attribute]
    ranks.segment,
    -- Log-odds that the case adds to the fit and the triggers as they are.
    max(ranks.fit_added + ranks.trigger_added) as points,
    -- scored; disqualified; or insufficient_data: too few of the criteria's traits are known. #not_null
    -- #accepted[scored,insufficient_data,disqualified]
    max(case when ranks.direction = 0 then ranks.status end) as status,
    -- Band of the fit without triggers; NULL when unscored. #accepted[A,B,C,D]
    max(case when ranks.direction = 0 then ranks.band end) as band,
    -- Tier that the rule gives: 1, 2, 3, or 4 for not ICP; NULL when unscored. #between[1,4]
    max(case when ranks.direction = 0 then ranks.tier_rank end) as tier_rank,
    -- The same by name. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    case max(case when ranks.direction = 0 then ranks.tier_rank end)
        when 1 then 'tier_1' when 2 then 'tier_2' when 3 then 'tier_3' when 4 then 'not_icp' else 'unscored'
    end as tier,
    -- Rank with the margin in its favour; NULL for cases where nearness to an edge does not matter. #between[1,4]
    max(case when ranks.direction = 1 then ranks.tier_rank end) as best_rank,
    -- Rank with the margin against it. #between[1,4]
    max(case when ranks.direction = -1 then ranks.tier_rank end) as worst_rank
from ranks
group by ranks.account_id, ranks.icp_id, ranks.case_kind, ranks.attribute, ranks.segment
