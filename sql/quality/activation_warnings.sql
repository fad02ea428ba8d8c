-- One row per finding about who is acted on, and who is kept out.
with
unknown_suppressions as (
    select
        'UNKNOWN_SUPPRESSED' as code,
        'warning' as severity,
        unknown.source_path || ': ' || cast(unknown.lines as varchar)
        || case unknown.lines when 1 then ' line names' else ' lines name' end || ' no account that is known ('
        || case unknown.lines when 1 then '' else 'the first: ' end || 'line ' || cast(unknown.first_line as varchar)
        || coalesce('; the nearest account is ' || coalesce(nearest.domain, nearest.name, nearest.account_id), '')
        || '), so nobody is kept out because of '
        || case unknown.lines when 1 then 'it' else 'them' end
        || '. Write the id or domain as the CRM has it; a company that no CRM has needs no line.' as message,
        unknown.source_path as subject
    from core.unknown_suppressions as unknown
    left join core.accounts as nearest on unknown.nearest_account_id = nearest.account_id
)

select
    -- What kind of finding. #not_null #accepted[UNKNOWN_SUPPRESSED]
    code,
    -- Whether somebody should act (warning) or just know (info). #not_null #accepted[warning,info]
    severity,
    -- What was found and what to do next. #not_null
    message,
    -- What it is about. #not_null #unique_with[code]
    subject
from unknown_suppressions
