-- One row per account and ICP: why it has its score, in one line whose figures add up to its fit points.
-- #by[account_id]
with
rounded as (
    select
        score_evidence.*,
        cast(round(points, 2) as decimal(9, 2)) as shown,
        case when points >= 0 then '+' else '' end || cast(cast(round(points, 2) as decimal(9, 2)) as varchar) as text
    from icp.score_evidence
),

ranked as (
    select
        account_id,
        icp_id,
        attribute || ' ' || segment || ' ' || text as reason,
        shown,
        row_number() over (
            partition by account_id, icp_id order by abs(points) desc, attribute asc, segment asc
        ) as place
    from rounded
    where attribute <> 'prior' and shown <> 0
),

top_evidence as (
    select
        account_id,
        icp_id,
        max(case when place = 1 then reason end) as first_reason,
        max(case when place = 2 then reason end) as second_reason,
        max(case when place = 3 then reason end) as third_reason,
        sum(case when place <= 3 then shown else 0 end) as shown
    from ranked
    group by account_id, icp_id
),

starting_points as (
    select account_id, icp_id, shown, text
    from rounded
    where attribute = 'prior'
),

-- The remainder after these three, so that the line adds up.
remainders as (
    select
        scores.account_id,
        scores.icp_id,
        starting_points.text as start_text,
        cast(round(scores.fit_points, 2) as decimal(9, 2)) - starting_points.shown
        - coalesce(top_evidence.shown, 0) as remainder,
        case when scores.fit_points >= 0 then '+' else '' end
        || cast(cast(round(scores.fit_points, 2) as decimal(9, 2)) as varchar) as fit_text,
        top_evidence.first_reason,
        top_evidence.second_reason,
        top_evidence.third_reason
    from icp.account_scores as scores
    inner join starting_points
        on scores.account_id = starting_points.account_id and scores.icp_id = starting_points.icp_id
    left join top_evidence on scores.account_id = top_evidence.account_id and scores.icp_id = top_evidence.icp_id
),

fit_lines as (
    select
        account_id,
        icp_id,
        coalesce(first_reason || '; ', '') || coalesce(second_reason || '; ', '') || coalesce(third_reason || '; ', '')
        || case
            when remainder > 0 then 'other +' || cast(remainder as varchar) || '; '
            when remainder < 0 then 'other ' || cast(remainder as varchar) || '; '
            else ''
        end || 'start ' || start_text || ' = fit ' || fit_text as fit_line
    from remainders
),

trigger_lines as (
    select
        account_id,
        icp_id,
        '; trigger ' || trigger || ' +' || cast(cast(round(points, 2) as decimal(9, 2)) as varchar)
        || case age_days when 0 then ' (today)' when 1 then ' (1 day ago)'
            else ' (' || cast(age_days as varchar) || ' days ago)' end as trigger_line
    from icp.trigger_points
    where trigger_rank = 1
)

select
    -- #not_null
    scores.account_id,
    -- #not_null #unique_with[account_id] #same_count_as[icp.account_scores]
    scores.icp_id,
    -- Strongest evidence first, then the strongest trigger. #not_null
    case
        when scores.icp_version is null then 'no ICP is live yet'
        when versions.criteria = 0 then 'the live ICP has no criteria: no signal was found'
        when fit_lines.fit_line is null then 'the live ICP cannot score it'
        when scores.status = 'disqualified' then 'disqualified: ' || scores.disqualified_by || '; ' || fit_lines.fit_line
        when scores.status = 'insufficient_data'
            then 'too little is known: ' || cast(known.known_attributes as varchar) || ' of '
                || cast(versions.criteria_attributes as varchar) || ' criteria traits; ' || fit_lines.fit_line
        else fit_lines.fit_line
    end || coalesce(trigger_lines.trigger_line, '') as reasons
from icp.account_scores as scores
inner join icp.live_versions as versions on scores.icp_id = versions.icp_id
inner join icp.known_criteria as known on scores.icp_id = known.icp_id and scores.account_id = known.account_id
left join fit_lines on scores.icp_id = fit_lines.icp_id and scores.account_id = fit_lines.account_id
left join trigger_lines on scores.icp_id = trigger_lines.icp_id and scores.account_id = trigger_lines.account_id
