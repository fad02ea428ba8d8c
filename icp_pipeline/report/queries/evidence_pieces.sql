select icp_id, attribute, segment, points,
    row_number() over (order by icp_id, count(*) desc, attribute, segment, points) - 1 as piece
from icp.score_evidence
group by icp_id, attribute, segment, points
