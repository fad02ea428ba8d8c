select * from icp.backtest_curve
