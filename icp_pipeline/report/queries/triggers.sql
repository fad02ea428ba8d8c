select icp_id, account_id, trigger, age_days, points, counted_points, trigger_rank from icp.trigger_points
where account_id in (select account_id from shown)
