select tiers.icp_id, tiers.account_id, tiers.tier, tiers.action, tiers.grade, tiers.tier_since, tiers.candidate_tier,
    scores.status, scores.fit_score, scores.trigger_score, scores.engagement_score, scores.priority_score,
    scores.disqualified_by, positions.withheld_because, moves.from_tier, moves.cause
from icp.account_tiers as tiers
inner join icp.tier_positions as positions
    on tiers.account_id = positions.account_id and tiers.icp_id = positions.icp_id
inner join icp.account_scores as scores on tiers.account_id = scores.account_id and tiers.icp_id = scores.icp_id
left join icp.tier_transitions as moves
    on tiers.account_id = moves.account_id and tiers.icp_id = moves.icp_id and moves.cause <> 'new'
where tiers.account_id in (select account_id from shown)
