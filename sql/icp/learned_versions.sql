-- One row per version that was ever learned, live or not, and how recent it is.
with
dated as (
    select
        versions.icp_id,
        versions.icp_version,
        versions.status,
        -- Versions from before ICPs had names.
        coalesce(versions.basis, 'outcomes') as basis,
        versions.as_of as learned_on,
        versions.signal_z,
        versions.filter_sql,
        -- The run in progress is not among the runs yet: what it learned is the newest.
        coalesce(runs.sequence, 9223372036854775807) as learned_in
    from history.icp_versions as versions
    left join history.runs as runs on versions.run_id = runs.run_id
)

select
    -- ICP, also one that the settings no longer define. #not_null
    icp_id,
    -- #not_null #unique_with[icp_id]
    icp_version,
    -- What became of it: proposed, live, retired, or learned without a signal. #not_null
    status,
    -- What it was learned from. #not_null #accepted[outcomes,wins,proxy,none]
    basis,
    -- As-of date of the run that learned it.
    learned_on,
    -- Standard errors by which held-out accounts were ranked better than chance.
    signal_z,
    -- Filter that the ICP had then; NULL where it was learned for every account.
    filter_sql,
    -- 1 for the newest of its ICP. #not_null
    cast(row_number() over (partition by icp_id order by learned_in desc, icp_version desc) as bigint) as recency,
    -- 1 for the newest of its ICP with this status. #not_null
    cast(row_number() over (partition by icp_id, status order by learned_in desc, icp_version desc) as bigint)
        as recency_of_status
from dated
