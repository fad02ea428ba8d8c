select versions.icp_id, versions.icp_version, versions.status, versions.as_of, versions.promoted_at, versions.n_customers,
    versions.signal_z, versions.has_signal, versions.cause,
    -- The run that writes the page has no number yet: what it did is the newest.
    row_number() over (order by learning.sequence nulls last, versions.icp_version) as learned_place,
    row_number() over (order by promoting.sequence nulls last, versions.icp_version) as promoted_place
from history.icp_versions as versions
left join history.runs as learning on learning.run_id = versions.run_id
left join history.runs as promoting on promoting.started_at = versions.promoted_at
