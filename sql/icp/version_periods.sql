-- One row per ICP version that is or was live: from which day on its tiers were used, and until when.
with
dated as (
    select
        versions.icp_id,
        versions.icp_version,
        versions.status,
        coalesce(runs.counted_on, versions.live_from, versions.as_of) as live_from,
        -- The run in progress is not among the runs yet: what it promotes is live, and the newest.
        coalesce(runs.sequence, case when versions.status = 'live' then 9223372036854775807 else 0 end) as promoted_in
    from history.icp_versions as versions
    left join icp.past_runs as runs on versions.promoted_at = runs.started_at
    where versions.status in ('live', 'retired')
)

select
    -- #not_null
    dated.icp_id,
    -- #not_null #unique_with[icp_id]
    dated.icp_version,
    -- Whether it scores today. #not_null
    dated.status = 'live' as is_live,
    -- Day of the first scoring with it: what happened up to that day, the version could have learned from. #not_null
    dated.live_from,
    -- Last day on which its tiers were valid; NULL while it is live.
    case
        when dated.status <> 'live'
            then min(dated.live_from) over (
                partition by dated.icp_id
                order by
                    dated.promoted_in asc nulls first,
                    dated.live_from asc nulls first,
                    dated.icp_version asc nulls first
                rows between 1 following and unbounded following
            )
    end as live_until
from dated
