-- One row per ICP: the share of the market that it covers. An ICP that covers most of it does not select.
with
-- Customers are no longer in the market, competitors and partners never were, and unknown accounts cannot be assigned.
market as (
    select
        tiers.icp_id,
        tiers.account_id,
        case when substr(tiers.grade, 1, 1) in ('A', 'B') then 1 else 0 end as is_in_bands
    from icp.account_tiers as tiers
    inner join icp.account_scores as scores
        on tiers.account_id = scores.account_id and tiers.icp_id = scores.icp_id
    inner join core.account_relationships as relationships on tiers.account_id = relationships.account_id
    where relationships.is_in_market and scores.status <> 'insufficient_data'
),

criteria as (
    select
        icp_id,
        attribute,
        segment,
        kind,
        case when kind in ('must_have', 'positive') then 'wanted' else 'unwanted' end as side
    from icp.criteria
),

criteria_counts as (
    select
        icp_id,
        sum(case when side = 'wanted' then 1 else 0 end) as wanted,
        sum(case when kind = 'must_have' then 1 else 0 end) as needed
    from criteria
    group by icp_id
),

-- Distinct, because a segment with several levels and a trait with several values would match twice.
met_criteria as (
    select distinct
        attributes.account_id,
        criteria.icp_id,
        criteria.attribute,
        criteria.segment,
        criteria.side,
        criteria.kind
    from criteria
    inner join segments.segment_definitions as definitions
        on criteria.attribute = definitions.attribute and criteria.segment = definitions.segment
    inner join core.account_attributes as attributes
        on definitions.attribute = attributes.attribute and definitions.level = attributes.level
),

met_counts as (
    select
        account_id,
        icp_id,
        sum(case when side = 'wanted' then 1 else 0 end) as wanted,
        sum(case when kind = 'must_have' then 1 else 0 end) as needed,
        sum(case when side = 'unwanted' then 1 else 0 end) as unwanted
    from met_criteria
    group by account_id, icp_id
),

judged as (
    select
        market.icp_id,
        market.is_in_bands,
        case
            when criteria_counts.icp_id is null then 0
            when coalesce(met_counts.unwanted, 0) > 0 then 0
            when coalesce(met_counts.needed, 0) < criteria_counts.needed then 0
            when criteria_counts.wanted = 0 or 2 * coalesce(met_counts.wanted, 0) > criteria_counts.wanted then 1
            else 0
        end as is_meeting
    from market
    left join criteria_counts on market.icp_id = criteria_counts.icp_id
    left join met_counts on market.icp_id = met_counts.icp_id and market.account_id = met_counts.account_id
)

select
    -- #not_null #unique
    judged.icp_id,
    -- Accounts of the market with enough known traits to be scored. #not_null
    count(*) as known_accounts,
    -- Share of them in fit bands A and B. #not_null #between[0,1] #finite
    cast(sum(judged.is_in_bands) as double) / count(*) as share_in_upper_bands,
    -- Share that meets every must-have, more than half of the positive criteria, and no negative one. #not_null
    -- #between[0,1] #finite
    cast(sum(judged.is_meeting) as double) / count(*) as share_meeting_criteria,
    -- Share of the market in the ICP: the larger of the two. #not_null #between[0,1] #finite
    cast(greatest(sum(judged.is_in_bands), sum(judged.is_meeting)) as double) / count(*) as share_of_market
from judged
group by judged.icp_id
