-- One row per ICP and model: how well each ranked the same later deals, learned from the same earlier ones.
select
    -- #not_null
    versions.icp_id,
    -- Live ICP version. #not_null
    versions.icp_version,
    -- The method (icp), nothing but the base rate, nothing but company size, or a model of scikit-learn; the last two only after `icp refit`. #not_null #accepted[icp,base_rate,size_only,logistic_regression,gradient_boosting] #unique_with[icp_id]
    comparison.model,
    -- Chance that a good result scored above another. #between[0,1]
    comparison.auc,
    -- Standard error of that chance.
    comparison.auc_se,
    -- Mean squared error of the probability. #between[0,1]
    comparison.brier
from icp.live_versions as versions
inner join history.icp_comparison as comparison
    on versions.icp_id = comparison.icp_id and versions.icp_version = comparison.icp_version
