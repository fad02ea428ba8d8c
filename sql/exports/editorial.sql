-- One row per question, comparison or objection of buyers, for whoever plans pages and articles: from reasons of lost
-- deals, phrases of accounts that do well, and interviews, in that order. Empty without any of them.
with
-- The segments in which a reason is more common than among all lost deals.
reason_segments as (
    select
        parts.source,
        parts.category,
        parts.segment,
        row_number() over (
            partition by parts.source, parts.category
            order by parts.share desc, parts.attribute, parts.segment
        ) as place
    from voice.objections as parts
    inner join voice.objections as reasons
        on parts.icp_id = reasons.icp_id
        and parts.source = reasons.source
        and parts.category = reasons.category
        and reasons.attribute = 'all'
    where
        parts.icp_id = 'primary'
        and parts.attribute in ('industry', 'employees', 'region')
        and parts.share_low > reasons.share
),

phrase_places as (
    select
        source,
        phrase,
        segment,
        row_number() over (partition by source, phrase order by share desc, attribute, segment) as place
    from voice.phrase_segments
    where icp_id = 'primary' and attribute in ('industry', 'employees', 'region')
),

-- Of several phrases that the same number of accounts on each side used, only the longest counts.
phrases as (
    select
        phrases.*,
        row_number() over (
            partition by comparison, source, accounts_a, accounts_b
            order by length(phrase) desc, phrase
        ) as place
    from voice.phrases
    where icp_id = 'primary' and verdict = 'more_a'
),

said as (
    select
        case when reasons.names_a_competitor then 'evaluation' else 'objection' end as kind,
        reasons.category as item,
        cast(reasons.deals as varchar) || ' of ' || cast(reasons.deals_in_segment as varchar)
        || ' lost deals with a reason (' || reasons.source || ')' as evidence,
        reason_segments.segment,
        1 as part,
        reasons.deals as weight
    from voice.objections as reasons
    left join reason_segments
        on reasons.source = reason_segments.source
        and reasons.category = reason_segments.category
        and reason_segments.place = 1
    where reasons.icp_id = 'primary' and reasons.attribute = 'all'
    union all
    select
        'phrase' as kind,
        phrases.phrase as item,
        cast(phrases.accounts_a as varchar) || ' of ' || cast(phrases.n_a as varchar)
        || case phrases.comparison
            when 'best_vs_worst' then ' best customers, '
            when 'won_vs_lost' then ' accounts won, '
            else ' tier 1 accounts, '
        end
        || cast(phrases.accounts_b as varchar) || ' of ' || cast(phrases.n_b as varchar)
        || case phrases.comparison
            when 'best_vs_worst' then ' worst ('
            when 'won_vs_lost' then ' lost ('
            else ' others ('
        end
        || phrases.source || ')' as evidence,
        phrase_places.segment,
        2 as part,
        phrases.accounts_a as weight
    from phrases
    left join phrase_places
        on phrases.source = phrase_places.source and phrases.phrase = phrase_places.phrase and phrase_places.place = 1
    where phrases.place = 1
    union all
    select
        kind,
        item,
        cast(respondents as varchar) || case respondents when 1 then ' person' else ' people' end || ' in interviews'
            as evidence,
        cast(null as varchar) as segment,
        3 as part,
        respondents as weight
    from voice.themes
    where kind in ('evaluation', 'objection', 'decided_by')
),

lines as (
    select
        said.*,
        case kind
            when 'evaluation' then 'How do we compare? (' || item || ')'
            when 'objection' then 'What do we answer to: ' || item
            when 'phrase' then 'What helps those who say: ' || item
            else 'Why us: ' || item
        end as question,
        case kind
            when 'evaluation' then 'comparison page'
            when 'objection' then 'answer to an objection'
            when 'phrase' then 'article or page in these words'
            else 'customer story'
        end as asset
    from said
)

select
    -- What buyers ask, or what they say. #not_null
    lines.question,
    -- Page or article that would answer it. #not_null
    lines.asset,
    -- Who says so, with counts. #not_null
    lines.evidence,
    -- Segment in which it is most common; NULL if none stands out.
    lines.segment,
    -- Order: reasons of lost deals, phrases, interviews, each by how many. #not_null
    cast(row_number() over (order by lines.part, lines.weight desc, lines.question, lines.evidence) as bigint) as position
from lines
