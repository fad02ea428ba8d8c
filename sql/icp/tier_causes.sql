-- One row per account and ICP whose points give another tier than the one it has: why, judged on the first night on
-- which they did. Each change in its points since the run before is undone in turn; the largest one that alone undoes
-- the move is its cause.
with
crossed as (
    select
        positions.*,
        previous.tier_rank as previous_rank,
        previous.icp_version as previous_version,
        previous.tier_rule as previous_rule,
        previous.candidate_as_of,
        previous.candidate_cause,
        previous.candidate_because,
        run.tier_rule,
        -- It was on this side in the last run already, which saw it cross. If the rule has changed, the cause is found
        -- again.
        previous.candidate_cause is not null
        and previous.candidate_rank = positions.tier_rank
        and previous.candidate_as_of <> positions.as_of
        and previous.icp_version = positions.icp_version
        and (previous.candidate_cause <> 'tier_rule' or previous.tier_rule = run.tier_rule) as has_crossed_before,
        case when coalesce(positions.tier_rank, 5) < coalesce(previous.tier_rank, 5) then 1 else -1 end as direction
    from icp.tier_positions as positions
    inner join icp.previous_tiers as previous
        on positions.account_id = previous.account_id and positions.icp_id = previous.icp_id
    cross join settings.run as run
    where coalesce(positions.tier_rank, 0) <> coalesce(previous.tier_rank, 0)
),

-- The changes in the direction of the tier change.
suspects as (
    select
        crossed.account_id,
        crossed.icp_id,
        changes.kind,
        changes.because,
        row_number() over (
            partition by crossed.account_id, crossed.icp_id
            order by
                case when (coalesce(undone.tier_rank, 5) - coalesce(crossed.tier_rank, 5)) * crossed.direction > 0
                    then 0 else 1 end asc,
                abs(changes.fit_change + changes.trigger_change) desc,
                changes.kind asc,
                changes.piece asc
        ) as place
    from crossed
    inner join icp.changed_pieces as changes
        on crossed.account_id = changes.account_id and crossed.icp_id = changes.icp_id
    left join icp.tier_cases as undone
        on changes.account_id = undone.account_id
        and changes.icp_id = undone.icp_id
        and changes.piece = undone.attribute
        and undone.case_kind = case changes.kind when 'trigger' then 'trigger_undone' else 'trait_undone' end
    where (changes.fit_change + changes.trigger_change) * crossed.direction > 0
),

-- For accounts that became scored or unscored: what became known or unknown.
newly_known as (
    select
        crossed.account_id,
        crossed.icp_id,
        changes.because,
        row_number() over (
            partition by crossed.account_id, crossed.icp_id
            order by abs(changes.fit_change) desc, changes.piece asc
        ) as place
    from crossed
    inner join icp.changed_pieces as changes
        on crossed.account_id = changes.account_id and crossed.icp_id = changes.icp_id and changes.kind = 'trait'
    where
        (crossed.previous_rank is null and changes.value_before is null)
        or (crossed.tier_rank is null and changes.value_now is null)
),

judged as (
    select
        crossed.*,
        points.disqualified_by,
        suspects.kind as suspect_kind,
        suspects.because as suspect_because,
        newly_known.because as known_because,
        case
            when crossed.has_crossed_before then crossed.candidate_cause
            when coalesce(crossed.previous_version, '') <> coalesce(crossed.icp_version, '') then 'icp_version'
            when coalesce(crossed.previous_rule, '') <> crossed.tier_rule
                and coalesce(as_before.tier_rank, 0) = coalesce(crossed.tier_rank, 0) then 'tier_rule'
            when crossed.status = 'disqualified' then 'disqualified'
            when crossed.tier_rank is null or crossed.previous_rank is null then 'data'
            when crossed.previous_rank = 1 and crossed.withheld_because is not null then 'buying_process'
            when suspects.kind = 'trigger' then 'trigger'
            when suspects.kind is null and coalesce(crossed.previous_rule, '') <> crossed.tier_rule then 'tier_rule'
            else 'evidence'
        end as cause
    from crossed
    inner join icp.account_points as points
        on crossed.account_id = points.account_id and crossed.icp_id = points.icp_id
    left join icp.tier_cases as as_before
        on crossed.account_id = as_before.account_id
        and crossed.icp_id = as_before.icp_id
        and as_before.case_kind = 'as_before'
    left join suspects
        on crossed.account_id = suspects.account_id and crossed.icp_id = suspects.icp_id and suspects.place = 1
    left join newly_known
        on crossed.account_id = newly_known.account_id and crossed.icp_id = newly_known.icp_id and newly_known.place = 1
)

select
    -- #not_null
    judged.account_id,
    -- #not_null #unique_with[account_id]
    judged.icp_id,
    -- Cause: another ICP version, another tier rule, a disqualifier, too little or newly enough data, an objection in
    -- the buying process, a trigger that came or ended, changed evidence. #not_null
    -- #accepted[icp_version,tier_rule,disqualified,data,buying_process,trigger,evidence]
    judged.cause,
    -- The same in words, with before and after; NULL where the last run kept too little to tell.
    case
        when judged.has_crossed_before then judged.candidate_because
        when judged.cause = 'icp_version'
            then 'ICP ' || coalesce(judged.previous_version, 'none') || ' -> ' || coalesce(judged.icp_version, 'none')
        when judged.cause = 'disqualified' then judged.disqualified_by
        when judged.cause = 'buying_process' then judged.withheld_because
        when judged.cause = 'data' then judged.known_because
        -- The warning TIER_RULE_CHANGED reports it once for all.
        when judged.cause = 'tier_rule' then null
        else judged.suspect_because
    end as because
from judged
