select icp_id, account_id, attribute, segment, points from icp.score_evidence
