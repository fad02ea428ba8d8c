-- One row per claim about a segment that no account has, so that it cannot be tested: with the level spelled most like
-- it, or else the most common ones.
with
empty_claims as (
    select claims.attribute, claims.segment, claims.says, min(claims.said_by) as said_by
    from voice.claims as claims
    left join core.account_attributes as levels
        on claims.attribute = levels.attribute and claims.segment = levels.level
    left join settings.bin_ranges as ranges
        on claims.attribute = ranges.attribute and claims.segment = ranges.segment
    where claims.is_recorded and levels.attribute is null and ranges.attribute is null
    group by claims.attribute, claims.segment, claims.says
),

known_levels as (
    select attribute, level, count(*) as accounts
    from core.account_attributes
    where level is not null
    group by attribute, level
),

nearest as (
    select
        empty_claims.attribute,
        empty_claims.segment,
        empty_claims.says,
        known_levels.level,
        row_number() over (
            partition by empty_claims.attribute, empty_claims.segment, empty_claims.says
            order by levenshtein(lower(empty_claims.segment), lower(known_levels.level)) asc, known_levels.level asc
        ) as place
    from empty_claims
    inner join known_levels
        on empty_claims.attribute = known_levels.attribute
        and levenshtein(lower(empty_claims.segment), lower(known_levels.level)) <= length(empty_claims.segment) / 3.0
),

commonest as (
    select attribute, string_agg(level, ', ' order by place nulls first) as levels
    from (
        select
            attribute,
            level,
            row_number() over (partition by attribute order by accounts desc, level asc) as place
        from known_levels
    ) as ranked
    where place <= 5
    group by attribute
)

select
    -- #not_null #accepted[CLAIM_ABOUT_NOBODY]
    'CLAIM_ABOUT_NOBODY' as code,
    'warning' as severity,
    'No account has ' || claims.attribute || ' ' || claims.segment || ', which ' || claims.said_by || ' called '
    || claims.says || ', so the claim cannot be tested. '
    || case
        when nearest.level is not null then 'Did they mean ' || nearest.level || '? '
        when commonest.levels is not null then 'The most common values are ' || commonest.levels || '. '
        else 'No account has a known value of it. '
    end
    || 'Use the spelling of the data in the interview.' as message,
    -- What the claim is about. #not_null
    claims.attribute || ' ' || claims.segment || ' ' || claims.says as subject
from empty_claims as claims
left join nearest
    on claims.attribute = nearest.attribute
    and claims.segment = nearest.segment
    and claims.says = nearest.says
    and nearest.place = 1
left join commonest on claims.attribute = commonest.attribute
