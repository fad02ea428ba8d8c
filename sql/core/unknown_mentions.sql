-- One row per hand-kept file with lines that name no known account, so that nothing comes of them. Expired lines are
-- not counted. The most similar account is looked up for the first such line only.
with
mentions as (
    select 'suppress' as folder, account_key, domain, until, source_path, source_line
    from staging.suppressions
    union all
    select 'voice' as folder, account_key, domain, cast(null as date) as until, source_path, source_line
    from staging.interviews
    where account_key is not null
    union all
    select 'voice' as folder, account_key, domain, cast(null as date) as until, source_path, source_line
    from staging.feedback
    union all
    select 'voice' as folder, account_key, domain, until, source_path, source_line
    from staging.overrides
),

unknown as (
    select
        mentions.folder,
        mentions.account_key,
        mentions.source_path,
        mentions.source_line,
        row_number() over (
            partition by mentions.source_path order by mentions.source_line asc, mentions.account_key asc
        ) as place,
        count(*) over (partition by mentions.source_path) as lines
    from mentions
    cross join settings.run
    left join core.account_references as by_key on mentions.account_key = by_key.reference
    left join core.account_references as by_domain on mentions.domain = by_domain.reference
    where
        by_key.account_id is null
        and by_domain.account_id is null
        and (mentions.until is null or mentions.until >= run.as_of)
),

first_unknown as (
    select folder, source_path, source_line, lines, lower(account_key) as written
    from unknown
    where place = 1
),

-- What an account may be called: its ids and domains, and its name, which people write by mistake.
spellings as (
    select reference as spelling, account_id from core.account_references
    union all
    select name as spelling, account_id from core.accounts where name is not null
),

ranked as (
    select
        first_unknown.source_path,
        spellings.account_id,
        row_number() over (
            partition by first_unknown.source_path
            order by levenshtein(first_unknown.written, lower(spellings.spelling)) asc, spellings.account_id asc
        ) as place
    from first_unknown
    inner join spellings
        on levenshtein(first_unknown.written, lower(spellings.spelling)) <= length(first_unknown.written) / 4.0
)

select
    -- Folder under landing/voice that the file is in. #not_null #accepted[suppress,voice]
    first_unknown.folder,
    -- Landed file. #not_null #unique
    first_unknown.source_path,
    -- Lines of it that name no known account. #not_null
    cast(first_unknown.lines as bigint) as lines,
    -- The first of them. #not_null
    first_unknown.source_line as first_line,
    -- Account with the most similar id, domain or name; NULL if none is similar.
    ranked.account_id as nearest_account_id
from first_unknown
left join ranked on first_unknown.source_path = ranked.source_path and ranked.place = 1
