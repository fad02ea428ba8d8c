select icp_id, icp_version, kind, attribute, segment, points from history.icp_criteria
