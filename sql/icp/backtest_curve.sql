-- One row per ICP, curve and point: the backtest as lines to draw. Deals after the split, scored by a fit before it.
select
    -- #not_null
    versions.icp_id,
    -- Live ICP version. #not_null
    versions.icp_version,
    -- Which line: good results caught by working down the list (gains), or promised against seen rates (calibration). #not_null #accepted[gains,calibration]
    curve.curve,
    -- Place of the point on its line; gains begin with the origin at 0, calibration with the lowest scores at 1. #not_null #unique_with[icp_id,curve]
    curve.position,
    -- Gains: share of the deals, best scores first. Calibration: mean predicted chance in the bin. #between[0,1]
    curve.x,
    -- Gains: share of all good results among them. Calibration: share of good results seen in the bin. #between[0,1]
    curve.y,
    -- Deals between this point and the one before (gains), or in the bin (calibration). #not_null
    curve.n
from icp.live_versions as versions
inner join history.icp_backtest_curve as curve
    on versions.icp_id = curve.icp_id and versions.icp_version = curve.icp_version
