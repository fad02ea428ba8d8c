-- One row per unmatched lead and ICP: its fit, compared with the market that accounts' scores are compared with.
select
    -- Lead. #not_null
    points.lead_id,
    -- ICP. #not_null #unique_with[lead_id] #same_count_as[core.lead_icps]
    points.icp_id,
    -- Whether the score may be acted on. #not_null #accepted[scored,insufficient_data,disqualified]
    positions.status,
    -- Tier that the rule of accounts gives: 1, 2, 3, or 4 for not ICP; NULL is unscored. #between[1,4]
    positions.tier_rank,
    -- Letter for fit, digit for engagement; NULL when unscored.
    positions.grade,
    -- Log-odds of the ideal outcome: the evidence adds up to it. NULL before any version is live.
    points.fit_points,
    -- The chance that this is, as of accounts. #between[0,1] #finite
    case
        when points.fit_points is not null then 1 / nullif(1 + exp(-cast(points.fit_points as double)), 0)
    end as fit_probability,
    -- Share of the market, as it was when the version was learned, that fitted less well. #between[0,100] #finite
    case when points.fit_points is not null and points.icp_version is not null then coalesce(reference.fit_score, 0)
    end as fit_score,
    -- Share of the criteria's traits that are known. #between[0,1]
    points.known_share,
    -- The disqualifier that it meets.
    points.disqualified_by,
    -- Version that scored it.
    points.icp_version
from icp.lead_points as points
inner join icp.lead_positions as positions
    on points.lead_id = positions.lead_id and points.icp_id = positions.icp_id
left join icp.fit_reference as reference
    on points.icp_id = reference.icp_id
    and points.fit_points >= reference.from_points
    and points.fit_points < reference.to_points
