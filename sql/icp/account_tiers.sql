-- One row per account and ICP: its tier, what to do, and why. An account near an edge keeps its tier until it is past
-- the edge by the margin, or past it on two as-of dates in a row. #by[account_id]
with
compared as (
    select
        positions.account_id,
        positions.icp_id,
        positions.icp_version,
        positions.as_of,
        positions.grade,
        positions.tier as proposed_tier,
        positions.tier_rank as proposed_rank,
        positions.withheld_because,
        previous.tier_rank as previous_rank,
        previous.tier as previous_tier,
        previous.tier_since as previous_since,
        -- within the margin of its previous tier
        previous.tier_rank between positions.best_rank and positions.worst_rank as is_near_edge,
        -- the day on which it was first on this side of its tier's edge
        case
            when previous.candidate_rank < previous.tier_rank and positions.tier_rank < previous.tier_rank
                then previous.candidate_as_of
            when previous.candidate_rank > previous.tier_rank and positions.tier_rank > previous.tier_rank
                then previous.candidate_as_of
        end as beyond_since
    from icp.tier_positions as positions
    left join icp.previous_tiers as previous
        on positions.account_id = previous.account_id and positions.icp_id = previous.icp_id
),

decided as (
    select
        compared.*,
        case
            when proposed_rank is null or previous_rank is null or proposed_rank = previous_rank then proposed_tier
            when is_near_edge and (beyond_since is null or beyond_since >= as_of) then previous_tier
            else proposed_tier
        end as tier
    from compared
)

select
    -- #not_null
    decided.account_id,
    -- #not_null #unique_with[account_id] #same_count_as[core.icp_members]
    decided.icp_id,
    -- #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    decided.tier,
    -- Fit as a letter, engagement as a digit; NULL when unscored. #accepted[A1,A2,A3,B1,B2,B3,C1,C2,C3,D1,D2,D3]
    decided.grade,
    -- Relationship to us, as in core.accounts. #not_null
    -- #accepted[customer,former_customer,not_prospect,open_deal,prospect]
    relationships.relationship,
    -- What to do, by relationship and tier; `wait` for everybody but customers while no ICP with criteria is live.
    -- #not_null
    -- #accepted[pursue,nurture,deprioritise,exclude,enrich,accelerate,qualify,disqualify,expand,retain,win_back,wait,none]
    case
        when versions.criteria = 0 and relationships.relationship <> 'customer' then 'wait'
        else actions.action
    end as action,
    -- Why it has this tier, strongest evidence first; begins with why it is not a prospect, if it is not. #not_null
    case when relationships.relationship = 'not_prospect' then 'not a prospect (' || relationships.because || '); ' else '' end
    || reasons.reasons
    || case when decided.tier = 'tier_2' and decided.withheld_because is not null
        then '; held at tier 2 by its buying process (' || decided.withheld_because || ')' else '' end
        as reasons,
    -- Day it entered this tier. #not_null
    case when decided.tier = decided.previous_tier then decided.previous_since else decided.as_of end as tier_since,
    -- Version that gave the tier; NULL where none is live.
    decided.icp_version,
    -- Tier that today's points alone give, before the margin that keeps an account near an edge in its tier. #not_null
    decided.proposed_tier,
    -- Tier it had in the last published run.
    decided.previous_tier,
    -- Tier it moves to if the points still give it on a later as-of date.
    case when decided.tier <> decided.proposed_tier then decided.proposed_tier end as candidate_tier,
    -- First day on which the points gave that tier.
    case when decided.tier <> decided.proposed_tier then coalesce(decided.beyond_since, decided.as_of) end as candidate_as_of,
    -- Why the points give that tier.
    case when decided.tier <> decided.proposed_tier then causes.cause end as candidate_cause,
    -- The same in words.
    case when decided.tier <> decided.proposed_tier then causes.because end as candidate_because,
    -- Day of the scoring. #not_null
    decided.as_of
from decided
inner join icp.account_reasons as reasons
    on decided.account_id = reasons.account_id and decided.icp_id = reasons.icp_id
left join icp.tier_causes as causes on decided.account_id = causes.account_id and decided.icp_id = causes.icp_id
inner join core.account_relationships as relationships on decided.account_id = relationships.account_id
inner join icp.live_versions as versions on decided.icp_id = versions.icp_id
inner join settings.actions as actions
    on relationships.relationship = actions.relationship and decided.tier = actions.tier
