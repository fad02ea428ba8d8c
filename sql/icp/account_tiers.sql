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
            when proposed_rank is null or previous_rank is null or proposed_rank = previous_rank then proposed_rank
            when is_near_edge and (beyond_since is null or beyond_since >= as_of) then previous_rank
            else proposed_rank
        end as tier_rank
    from compared
),

named as (
    select
        decided.*,
        case tier_rank when 1 then 'tier_1' when 2 then 'tier_2' when 3 then 'tier_3' when 4 then 'not_icp'
            else 'unscored' end as tier,
        case proposed_rank when 1 then 'tier_1' when 2 then 'tier_2' when 3 then 'tier_3' when 4 then 'not_icp'
            else 'unscored' end as proposed_tier
    from decided
)

select
    -- #not_null
    named.account_id,
    -- #not_null #unique_with[account_id] #same_count_as[core.icp_members]
    named.icp_id,
    -- #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    named.tier,
    -- Fit as a letter, engagement as a digit; NULL when unscored. #accepted[A1,A2,A3,B1,B2,B3,C1,C2,C3,D1,D2,D3]
    named.grade,
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
    || case when named.tier = 'tier_2' and named.withheld_because is not null
        then '; held at tier 2 by its buying process (' || named.withheld_because || ')' else '' end
        as reasons,
    -- Day it entered this tier. #not_null
    case when named.tier = named.previous_tier then named.previous_since else named.as_of end as tier_since,
    -- Version that gave the tier; NULL where none is live.
    named.icp_version,
    -- Tier that today's points alone give, before the margin that keeps an account near an edge in its tier. #not_null
    named.proposed_tier,
    -- Tier it had in the last published run.
    named.previous_tier,
    -- Tier it moves to if the points still give it on a later as-of date.
    case when named.tier <> named.proposed_tier then named.proposed_tier end as candidate_tier,
    -- First day on which the points gave that tier.
    case when named.tier <> named.proposed_tier then coalesce(named.beyond_since, named.as_of) end as candidate_as_of,
    -- Why the points give that tier.
    case when named.tier <> named.proposed_tier then causes.cause end as candidate_cause,
    -- The same in words.
    case when named.tier <> named.proposed_tier then causes.because end as candidate_because,
    -- Day of the scoring. #not_null
    named.as_of
from named
inner join icp.account_reasons as reasons
    on named.account_id = reasons.account_id and named.icp_id = reasons.icp_id
left join icp.tier_causes as causes on named.account_id = causes.account_id and named.icp_id = causes.icp_id
inner join core.account_relationships as relationships on named.account_id = relationships.account_id
inner join icp.live_versions as versions on named.icp_id = versions.icp_id
inner join settings.actions as actions
    on relationships.relationship = actions.relationship and named.tier = actions.tier
