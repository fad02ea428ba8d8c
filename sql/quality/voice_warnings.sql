-- One row per finding about what people say: unknown accounts and ICPs, and overrides that have ended.
with
unknown_accounts as (
    select
        'UNKNOWN_VOICE' as code,
        'warning' as severity,
        unknown.source_path || ': ' || cast(unknown.lines as varchar)
        || case unknown.lines when 1 then ' mention names' else ' mentions name' end || ' an unknown account ('
        || case unknown.lines when 1 then '' else 'first: ' end || 'line ' || cast(unknown.first_line as varchar)
        || coalesce('; the nearest account is ' || coalesce(nearest.domain, nearest.name, nearest.account_id), '')
        || '), so ' || case unknown.lines when 1 then 'it cannot' else 'they cannot' end
        || ' be compared with outcomes. Use the id or domain from the CRM.' as message,
        unknown.source_path as subject
    from core.unknown_mentions as unknown
    left join core.accounts as nearest on unknown.nearest_account_id = nearest.account_id
    where unknown.folder = 'voice'
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
        || case lines when 1 then ' override is' else ' overrides are' end || ' for an ICP that icp.yaml does not have ('
        || case lines when 1 then '' else 'first: ' end || 'line ' || cast(first_line as varchar)
        || '), and not shown. Use an ICP from icps, or primary.' as message,
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
        || '), so the ICP''s tier applies alone again. The lines can stay; a new date in until renews one.' as message,
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
    -- #not_null #accepted[UNKNOWN_VOICE,UNKNOWN_OVERRIDE_ICP,ENDED_OVERRIDES]
    code,
    severity,
    message,
    -- The file it is about. #not_null #unique_with[code]
    subject
from findings
