select * from icp.criteria
