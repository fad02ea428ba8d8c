-- One row per unmatched lead and ICP: its fit, compared with the market that accounts' scores are compared with.
with
compared as (
    select
        points.account_id as subject_id,
        'account' as subject,
        points.icp_id,
        points.fit_points,
        case when accounts.relationship = 'not_prospect' then 0 else 1 end as is_counted
    from icp.account_points as points
    inner join core.accounts as accounts on points.account_id = accounts.account_id
    where points.fit_points is not null
    union all
    select lead_id as subject_id, 'lead' as subject, icp_id, fit_points, 0 as is_counted
    from icp.lead_points
    where fit_points is not null
),

ranks as (
    select
        subject_id,
        subject,
        icp_id,
        sum(is_counted) over (partition by icp_id order by fit_points asc nulls first) as not_better,
        sum(is_counted) over (partition by icp_id, fit_points) as ties,
        sum(is_counted) over (partition by icp_id) as accounts
    from compared
)

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
    -- Share of the ICP's accounts that fit less well, 0 to 100. #between[0,100] #finite
    cast(round(100 * (ranks.not_better - ranks.ties / 2.0) / nullif(ranks.accounts, 0), 1) as double) as fit_score,
    -- Share of the criteria's traits that are known. #between[0,1]
    points.known_share,
    -- The disqualifier that it meets.
    points.disqualified_by,
    -- Version that scored it.
    points.icp_version
from icp.lead_points as points
inner join icp.lead_positions as positions
    on points.lead_id = positions.lead_id and points.icp_id = positions.icp_id
left join ranks on points.lead_id = ranks.subject_id and points.icp_id = ranks.icp_id and ranks.subject = 'lead'
