select live.*, versions.as_of as learned_as_of, versions.learned_at, versions.promoted_at, versions.signal_z, versions.cause,
    versions.filter_sql
from icp.live_versions as live
left join history.icp_versions as versions
    on live.icp_id = versions.icp_id and live.icp_version = versions.icp_version
