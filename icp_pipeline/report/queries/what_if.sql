select icp_id, account_id, place, attribute, segment, points, tier, on_second_day from icp.what_if
where account_id in (select account_id from shown)
