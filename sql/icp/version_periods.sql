-- One row per ICP version that is or was live: from which day on its tiers were acted upon, and until when.
with
dated as (
    select
        versions.icp_id,
        versions.icp_version,
        versions.status,
        coalesce(versions.live_from, versions.as_of) as live_from,
        -- The run in progress is not among the runs yet: what it promotes is the newest.
        coalesce(runs.sequence, 9223372036854775807) as promoted_in
    from history.icp_versions as versions
    left join history.runs as runs on versions.promoted_at = runs.started_at
    where versions.status in ('live', 'retired')
)

select
    -- ICP. #not_null
    dated.icp_id,
    -- Version. #not_null #unique_with[icp_id]
    dated.icp_version,
    -- Whether it scores today. #not_null
    dated.status = 'live' as is_live,
    -- Day of the first scoring with it: what happened up to that day, the version could have learned from. #not_null
    dated.live_from,
    -- Last day on which its tiers stood; NULL while it is live.
    case
        when dated.status <> 'live'
            then lead(dated.live_from) over (
                partition by dated.icp_id order by dated.live_from, dated.promoted_in, dated.icp_version
            )
    end as live_until
from dated
