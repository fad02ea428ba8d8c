-- One row per account and ICP: its fit, trigger and engagement scores, and the priority that combines them.
-- #by[account_id]
with
joined as (
    select
        points.*,
        positions.status,
        versions.edge_b,
        versions.edge_d,
        base_rates.base_rate,
        -- A fit below the whole market at the time of learning scores 0.
        case when points.fit_points is not null and versions.icp_version is not null then coalesce(reference.fit_score, 0)
        end as fit_score
    from icp.account_points as points
    inner join icp.tier_positions as positions
        on points.account_id = positions.account_id and points.icp_id = positions.icp_id
    inner join icp.live_versions as versions on points.icp_id = versions.icp_id
    left join icp.base_rates as base_rates on points.icp_id = base_rates.icp_id
    left join icp.fit_reference as reference
        on points.icp_id = reference.icp_id
        and points.fit_points >= reference.from_points
        and points.fit_points < reference.to_points
),

-- Engagement counts in full from the B edge up and not at all below the D edge: an active visitor with a bad fit is a
-- distraction. The factor depends on fit and trigger together, so it can never reverse their order.
gated as (
    select
        joined.*,
        case
            when fit_points is null or edge_b is null then 0
            when fit_points + trigger_score >= edge_b then 1
            when fit_points + trigger_score <= edge_d then 0
            else (fit_points + trigger_score - edge_d) / nullif(edge_b - edge_d, 0)
        end as engagement_share
    from joined
),

scored as (
    select
        gated.*,
        cast(possible_engagement * engagement_share as decimal(18, 9)) as engagement_score,
        case
            when fit_points is null then base_rate
            else 1 / nullif(1 + exp(-cast(fit_points as double)), 0)
        end as fit_probability
    from gated
)

select
    -- #not_null
    scored.account_id,
    -- #not_null #unique_with[account_id] #same_count_as[core.icp_members]
    scored.icp_id,
    -- scored; disqualified; or insufficient_data: too few of the criteria's traits are known. #not_null
    -- #accepted[scored,insufficient_data,disqualified]
    scored.status,
    -- Sum of the evidence, in log-odds of the ideal outcome; NULL before any version is live.
    scored.fit_points,
    -- Chance of what the version was learned from: to be won and turn out among the best, or to be won where its basis is
    -- wins. While no version is live, the same base rate for everybody (NULL where there are no closed deals). #between[0,1] #finite
    scored.fit_probability,
    -- Percent of the market, as it was when the version was learned, that fitted less well (0 to 100). #between[0,100]
    -- #finite
    scored.fit_score,
    -- Log-odds that recent triggers add. #not_null
    scored.trigger_score,
    -- Log-odds that recent engagement adds, where the fit allows. #not_null
    scored.engagement_score,
    -- Fit, triggers and engagement together: work the highest first.
    cast(scored.fit_points + scored.trigger_score + scored.engagement_score as decimal(18, 9)) as priority_score,
    -- 1 engaged, 2 somewhat engaged, 3 hardly engaged. #not_null #between[1,3]
    scored.engagement_level,
    -- Share of the criteria's traits that are known for it. #between[0,1]
    scored.known_share,
    -- Disqualifier that it meets; NULL if none.
    scored.disqualified_by,
    -- Version that scored it.
    scored.icp_version
from scored
