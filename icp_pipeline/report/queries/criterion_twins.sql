select * from icp.criterion_twins
order by icp_id, attribute, segment, correlation desc, twin_attribute
