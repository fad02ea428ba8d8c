-- One row per question, comparison or objection of buyers, for whoever plans pages and articles: from reasons of lost
-- deals, phrases of accounts that do well, and interviews, in that order. Empty without any of them.
with
competitors as (
    select distinct technology as competitor
    from settings.technology_categories
    where category = 'competitor'
),

reasons as (
    select
        objections.source,
        objections.category,
        objections.deals,
        objections.deals_in_segment,
        objections.share,
        max(case when competitors.competitor is null then 0 else 1 end) as names_a_competitor
    from voice.objections as objections
    left join competitors on lower(objections.category) like '%' || lower(competitors.competitor) || '%'
    where objections.attribute = 'all' and objections.icp_id = 'primary'
    group by
        objections.source,
        objections.category,
        objections.deals,
        objections.deals_in_segment,
        objections.share
),

-- If a reason is more common than by chance, the segment in which it is most common.
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
    inner join reasons on parts.source = reasons.source and parts.category = reasons.category
    where
        parts.icp_id = 'primary'
        and parts.attribute in ('industry', 'employees', 'region')
        and parts.share_low > reasons.share
),

phrase_places as (
    select
        segments.source,
        segments.phrase,
        segments.segment,
        row_number() over (
            partition by segments.source, segments.phrase
            order by segments.share desc, segments.attribute, segments.segment
        ) as place
    from voice.phrase_segments as segments
    where segments.icp_id = 'primary' and segments.attribute in ('industry', 'employees', 'region')
),

-- Among phrases of the same accounts the longest represents all.
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

heard as (
    select
        topic,
        lower(item) as item_key,
        min(item) as item,
        count(distinct respondent) as respondents
    from staging.interviews
    where topic in ('compared_with', 'almost_killed', 'decided') and item is not null
    group by topic, lower(item)
),

lines as (
    select
        case when reasons.names_a_competitor = 1 then 'How do we compare? (' else 'What do we answer to: ' end
        || reasons.category
        || case when reasons.names_a_competitor = 1 then ')' else '' end as question,
        case when reasons.names_a_competitor = 1 then 'comparison page' else 'answer to an objection' end as asset,
        cast(reasons.deals as varchar) || ' of ' || cast(reasons.deals_in_segment as varchar)
        || ' lost deals with a reason (' || reasons.source || ')' as evidence,
        reason_segments.segment,
        1 as part,
        reasons.deals as weight
    from reasons
    left join reason_segments
        on reasons.source = reason_segments.source
        and reasons.category = reason_segments.category
        and reason_segments.place = 1

    union all

    select
        'What helps those who say: ' || phrases.phrase as question,
        'article or page in these words' as asset,
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
        case heard.topic
            when 'compared_with' then 'How do we compare? ('
            when 'almost_killed' then 'What do we answer to: '
            else 'Why us: '
        end
        || heard.item
        || case heard.topic when 'compared_with' then ')' else '' end as question,
        case heard.topic
            when 'compared_with' then 'comparison page'
            when 'almost_killed' then 'answer to an objection'
            else 'customer story'
        end as asset,
        cast(heard.respondents as varchar)
        || case heard.respondents when 1 then ' person' else ' people' end || ' in interviews' as evidence,
        cast(null as varchar) as segment,
        3 as part,
        heard.respondents as weight
    from heard
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
