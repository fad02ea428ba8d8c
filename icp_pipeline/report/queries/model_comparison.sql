select * from icp.model_comparison
