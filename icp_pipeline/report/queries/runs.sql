select run_id, as_of, finished_at, icp_version, kind, sequence from history.runs
