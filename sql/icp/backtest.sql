-- One row per ICP and tier: how deals after the split turned out, by the tier that a fit from before the split gives
-- them.
select
    -- #not_null
    versions.icp_id,
    -- Live ICP version. #not_null
    versions.icp_version,
    -- The fit saw only what closed up to this day. #not_null
    backtest.split_at,
    -- #not_null #accepted[tier_1,tier_2,tier_3,not_icp] #unique_with[icp_id]
    backtest.tier,
    -- Later deals judged in this tier. #not_null
    backtest.accounts,
    -- Share of them that succeeded: won and turned out best, or won where the basis is wins.
    backtest.outcome_rate,
    -- That share over the share of all judged deals.
    backtest.lift,
    -- Lower end of the lift's 90 % interval.
    backtest.ci_low,
    -- Upper end of the lift's 90 % interval.
    backtest.ci_high,
    -- Share of all good results that fell into this tier. #between[0,1]
    backtest.capture,
    -- Chance that a good result scored above another; the same on every row. #between[0,1]
    backtest.auc,
    -- Mean squared error of the probability; the same on every row. #between[0,1]
    backtest.brier,
    -- What the version was learned from, and the test judges by: outcomes, wins or proxy. #not_null
    versions.basis,
    -- What success means here: the outcome metrics that were known, with their weights, or deals won.
    versions.measured_by
from icp.live_versions as versions
inner join history.icp_backtest as backtest
    on versions.icp_id = backtest.icp_id and versions.icp_version = backtest.icp_version
