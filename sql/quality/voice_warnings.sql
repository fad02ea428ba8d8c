-- One row per finding about what people say: accounts and ICPs that nobody knows, and overrides that have ended.
with
-- What has ended does nothing, so nobody has to correct its account.
mentions as (
    select account_key, domain, source_path, source_line from staging.interviews where account_key is not null
    union all
    select account_key, domain, source_path, source_line from staging.feedback
    union all
    select overrides.account_key, overrides.domain, overrides.source_path, overrides.source_line
    from staging.overrides
    cross join settings.run
    where overrides.until >= run.as_of
),

unknown as (
    select
        mentions.source_path,
        mentions.source_line,
        lower(mentions.account_key) as written,
        row_number() over (
            partition by mentions.source_path order by mentions.source_line asc, mentions.account_key asc
        ) as place,
        count(*) over (partition by mentions.source_path) as lines
    from mentions
    left join core.account_references as by_key on mentions.account_key = by_key.reference
    left join core.account_references as by_domain on mentions.domain = by_domain.reference
    where by_key.account_id is null and by_domain.account_id is null
),

-- What an account may be called: its ids and domains, and its name, which people write by mistake.
spellings as (
    select reference as spelling, account_id from core.account_references
    union all
    select name as spelling, account_id from core.accounts where name is not null
),

ranked as (
    select
        unknown.source_path,
        spellings.account_id,
        row_number() over (
            partition by unknown.source_path
            order by levenshtein(unknown.written, lower(spellings.spelling)) asc, spellings.account_id asc
        ) as place
    from unknown
    inner join spellings on levenshtein(unknown.written, lower(spellings.spelling)) <= length(unknown.written) / 4.0
    where unknown.place = 1
),

unknown_accounts as (
    select
        'UNKNOWN_VOICE' as code,
        'warning' as severity,
        unknown.source_path || ': ' || cast(unknown.lines as varchar)
        || case unknown.lines when 1 then ' mention is' else ' mentions are' end || ' of no account that is known ('
        || case unknown.lines when 1 then '' else 'the first: ' end || 'line ' || cast(unknown.source_line as varchar)
        || coalesce('; the nearest account is ' || coalesce(nearest.domain, nearest.name, nearest.account_id), '')
        || '), so what was said of ' || case unknown.lines when 1 then 'it' else 'them' end
        || ' is compared with nothing. Write the id or domain as the CRM has it.' as message,
        unknown.source_path as subject
    from unknown
    left join ranked on unknown.source_path = ranked.source_path and ranked.place = 1
    left join core.accounts as nearest on ranked.account_id = nearest.account_id
    where unknown.place = 1
),

strange_icps as (
    select
        overrides.source_path,
        count(*) as lines,
        min(overrides.source_line) as first_line
    from staging.overrides
    left join settings.icps on overrides.icp_id = icps.icp_id
    where icps.icp_id is null
    group by overrides.source_path
),

unknown_icps as (
    select
        'UNKNOWN_OVERRIDE_ICP' as code,
        'warning' as severity,
        source_path || ': ' || cast(lines as varchar)
        || case lines when 1 then ' override is' else ' overrides are' end || ' of an ICP that icp.yaml does not have ('
        || case lines when 1 then '' else 'the first: ' end || 'line ' || cast(first_line as varchar)
        || '), and so shown nowhere. Name one of those under icps, or primary.' as message,
        source_path as subject
    from strange_icps
),

ended as (
    select
        overrides.source_path,
        count(*) as lines,
        max(overrides.until) as last_day
    from staging.overrides
    cross join settings.run
    where overrides.until < run.as_of
    group by overrides.source_path
),

ended_overrides as (
    select
        'ENDED_OVERRIDES' as code,
        'info' as severity,
        source_path || ': ' || cast(lines as varchar) || case lines when 1 then ' override has' else ' overrides have' end
        || ' ended (' || case lines when 1 then '' else 'the last ' end || 'on ' || cast(last_day as varchar)
        || '), so the machine''s tier stands alone again. The lines can stay; a new day in until renews one.' as message,
        source_path as subject
    from ended
),

findings as (
    select code, severity, message, subject from unknown_accounts
    union all
    select code, severity, message, subject from unknown_icps
    union all
    select code, severity, message, subject from ended_overrides
)

select
    -- What kind of finding. #not_null #accepted[UNKNOWN_VOICE,UNKNOWN_OVERRIDE_ICP,ENDED_OVERRIDES]
    code,
    -- Whether somebody should act (warning) or just know (info). #not_null #accepted[warning,info]
    severity,
    -- What was found and what to do next. #not_null
    message,
    -- The file it is about. #not_null #unique_with[code]
    subject
from findings
