select * from icp.tier_results
