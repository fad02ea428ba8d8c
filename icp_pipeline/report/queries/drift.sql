select * from icp.drift
