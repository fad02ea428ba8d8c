select * from quality.market_coverage
