-- One row per account and ICP: why it has its tier, for a CRM's text field: what the company is and what happened,
-- without points. Made of attribute labels, levels and trigger names, never of notes. #by[account_id]
with
-- What the account is, in the words of its own values.
pieces as (
    select
        evidence.account_id,
        evidence.icp_id,
        case
            when attributes.type = 'multi' then 'uses ' || evidence.segment
            when attributes.type = 'numeric' then evidence.segment || ' ' || replace(evidence.attribute, '_', ' ')
            when attributes.type = 'boolean' and evidence.segment = 'true' then replace(evidence.attribute, '_', ' ')
            when attributes.type = 'boolean' and evidence.segment = 'false'
                then 'not ' || replace(evidence.attribute, '_', ' ')
            when attributes.is_custom then replace(evidence.attribute, '_', ' ') || ' ' || evidence.segment
            else evidence.segment
        end as piece,
        evidence.attribute,
        evidence.points
    from icp.score_evidence as evidence
    inner join settings.attributes as attributes on evidence.attribute = attributes.attribute
),

-- Two traits often show the same fact, such as a technology and its category.
said_once as (
    select account_id, icp_id, piece, max(points) as points, min(attribute) as attribute
    from pieces
    group by account_id, icp_id, piece
),

ranked as (
    select
        said_once.*,
        row_number() over (
            partition by account_id, icp_id, points > 0 order by abs(points) desc, attribute asc, piece asc
        ) as place
    from said_once
    where points <> 0
),

lines as (
    select
        account_id,
        icp_id,
        max(case when place = 1 and points > 0 then piece end) as first_for,
        max(case when place = 2 and points > 0 then '; ' || piece end) as second_for,
        max(case when place = 3 and points > 0 then '; ' || piece end) as third_for,
        max(case when place = 1 and points < 0 then piece end) as first_against,
        max(case when place = 2 and points < 0 then '; ' || piece end) as second_against
    from ranked
    group by account_id, icp_id
),

fresh_triggers as (
    select
        account_id,
        icp_id,
        replace(trigger, '_', ' ')
        || case age_days when 0 then ' today' when 1 then ' 1 day ago' else ' ' || cast(age_days as varchar) || ' days ago'
        end as trigger_line
    from icp.trigger_points
    where trigger_rank = 1
),

worded as (
    select
        tiers.account_id,
        tiers.icp_id,
        case
            when tiers.relationship = 'not_prospect' then cast(null as varchar)
            when tiers.tier = 'unscored' then 'too little is known'
            when scores.status = 'disqualified' then 'disqualified by ' || scores.disqualified_by
            when tiers.tier in ('tier_1', 'tier_2')
                then coalesce(lines.first_for, '') || coalesce(lines.second_for, '') || coalesce(lines.third_for, '')
                    || coalesce('; ' || fresh_triggers.trigger_line, '')
            when lines.first_against is not null
                then 'signals of risk: ' || lines.first_against || coalesce(lines.second_against, '')
            else 'few signals of fit'
        end as reason_text
    from icp.account_tiers as tiers
    inner join icp.account_scores as scores
        on tiers.account_id = scores.account_id and tiers.icp_id = scores.icp_id
    left join lines on tiers.account_id = lines.account_id and tiers.icp_id = lines.icp_id
    left join fresh_triggers
        on tiers.account_id = fresh_triggers.account_id and tiers.icp_id = fresh_triggers.icp_id
)

select
    -- #not_null
    worded.account_id,
    -- #not_null #unique_with[account_id] #same_count_as[icp.account_tiers]
    worded.icp_id,
    -- Why it has its tier, in at most 254 characters (escaping may add one); NULL for accounts that are not prospects.
    substring(worded.reason_text, 1, 254) as reason_text
from worded
