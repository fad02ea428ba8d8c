with
-- As in `evidence_pieces.sql`: the two frames are read together.
pieces as (
    select icp_id, attribute, segment, points,
        row_number() over (order by icp_id, count(*) desc, attribute, segment, points) - 1 as piece
    from icp.score_evidence
    group by icp_id, attribute, segment, points
)

select shown.account, cast(pieces.piece as integer) as piece
from shown
inner join icp.score_evidence as evidence on shown.account_id = evidence.account_id
inner join pieces
    on evidence.icp_id = pieces.icp_id and evidence.attribute = pieces.attribute
    and evidence.segment = pieces.segment and evidence.points = pieces.points
