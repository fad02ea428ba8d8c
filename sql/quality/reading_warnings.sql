-- One row per finding about how landed files were read: files left out, rows that could not be used, notes of a reader.
with
held_files as (
    select
        'HELD_FILE' as code,
        'warning' as severity,
        path || ' was not read: ' || coalesce(reason, 'its content was not understood')
        || '. The run continued without it. Fix the file or its entry in icp.yaml.' as message,
        path as subject
    from quality.source_files
    where status = 'held'
),

missing_sources as (
    select
        'SOURCE_MISSING' as code,
        'warning' as severity,
        'sources.' || source || ' in icp.yaml reads ' || path || ', and no landed file has such a name. '
        || 'Land the file, correct `file:`, or remove the entry.' as message,
        source as subject
    from quality.source_files
    where status = 'missing'
),

ignored_files as (
    select
        'IGNORED_FILE' as code,
        'warning' as severity,
        path || ' was not read (' || coalesce(reason, 'not used') || '), though it has account columns: '
        || account_columns || '. If it holds accounts, export them with id and name and without columns of other '
        || 'objects, or map it under `sources:`; otherwise remove it from landing/.' as message,
        path as subject
    from quality.source_files
    where status = 'ignored' and account_columns is not null
),

rejected_rows as (
    select
        'REJECTED_ROWS' as code,
        case when rows_rejected >= 0.05 * rows_read then 'warning' else 'info' end as severity,
        cast(rows_rejected as varchar) || ' of ' || cast(rows_read as varchar) || ' rows of ' || path
        || ' could not be used. quality.rejected_rows has lines and reasons.' as message,
        path as subject
    from quality.source_files
    where rows_rejected > 0
),

-- Remarks of a reader on lines of a file.
noted as (
    select
        code,
        case code when 'SURVEY_NAMES' then 'info' else 'warning' end as severity,
        cast(lines as varchar)
        || case code
            when 'ENCODED_TWICE' then ' of the first lines of '
            when 'SURVEY_NAMES' then ' answers of '
            else ' rows of '
        end
        || path || ' (first: line ' || cast(first_line as varchar) || ') '
        || case code
            when 'SHORT_ROWS'
                then 'have fewer cells than the header; the missing ones were read as blank. '
                || 'If they are not blank in the source, export the file again.'
            when 'ENCODED_TWICE'
                then 'contain text that was encoded twice, so names are garbled. Export the file again as UTF-8.'
            when 'SURVEY_NAMES'
                then 'have a survey''s name where its type was expected, and count as NPS. If one of these surveys is of another '
                || 'type, map it under `sources:` with `values: {survey_type: {name: csat}}`.'
            when 'SEVERAL_ACCOUNTS'
                then 'name several accounts in one cell, and count for the first. Export the right account '
                || 'first, or land the pairs as kind deal_account.'
        end as message,
        path as subject
    from lake.file_note
    where code in ('SHORT_ROWS', 'ENCODED_TWICE', 'SURVEY_NAMES', 'SEVERAL_ACCOUNTS')
),

findings as (
    select code, severity, message, subject from held_files
    union all
    select code, severity, message, subject from missing_sources
    union all
    select code, severity, message, subject from ignored_files
    union all
    select code, severity, message, subject from rejected_rows
    union all
    select code, severity, message, subject from noted
)

select
    -- What kind of finding. #not_null #accepted[HELD_FILE,SOURCE_MISSING,IGNORED_FILE,REJECTED_ROWS,SHORT_ROWS,ENCODED_TWICE,SURVEY_NAMES,SEVERAL_ACCOUNTS]
    findings.code,
    findings.severity,
    findings.message,
    -- The file, or its source. #not_null
    findings.subject
from findings
