select icp_id, account_id, place, attribute, segment, points, tier, on_second_day from icp.what_if
