select * from icp.backtest
