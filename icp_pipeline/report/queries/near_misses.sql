select icp_id, attribute, segment, summary from icp.near_misses
order by icp_id, relation, effect desc, attribute, segment
