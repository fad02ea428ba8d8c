-- One row per finding about the data that came in: files, records that contradict one another, usage of nobody known.
with
held_files as (
    select
        'HELD_FILE' as code,
        'warning' as severity,
        path || ' was not read: ' || coalesce(reason, 'its content was not understood')
        || '. Correct the file or its entry in icp.yaml; the run went on without it.' as message,
        path as subject
    from quality.source_files
    where status = 'held'
),

missing_sources as (
    select
        'SOURCE_MISSING' as code,
        'warning' as severity,
        'sources.' || source || ' in icp.yaml reads ' || path || ', and no landed file has such a name, so nothing was '
        || 'read for it. Land the file, correct `file:`, or take the entry out.' as message,
        source as subject
    from quality.source_files
    where status = 'missing'
),

rejected_rows as (
    select
        'REJECTED_ROWS' as code,
        case when rows_rejected >= 0.05 * rows_read then 'warning' else 'info' end as severity,
        cast(rows_rejected as varchar) || ' of ' || cast(rows_read as varchar) || ' rows of ' || path
        || ' could not be used. Lines and reasons are in quality.rejected_rows.' as message,
        path as subject
    from quality.source_files
    where rows_rejected > 0
),

rejected_amounts as (
    select
        'REJECTED_AMOUNTS' as code,
        'info' as severity,
        cast(count(*) as varchar) || ' amounts in ' || source_path || ' could not be turned into dollars. '
        || 'Add the missing rates under currency.rates in icp.yaml; the lines are in quality.rejected_rows.' as message,
        source_path as subject
    from staging.rejected_amounts
    group by source_path
),

conflicts as (
    select code, 'warning' as severity, message, subject
    from core.key_conflicts
),

unmapped_usage as (
    select
        'UNMAPPED_USAGE' as code,
        case when mapped_share < 0.9 then 'warning' else 'info' end as severity,
        cast(events - mapped_events as varchar) || ' of ' || cast(events as varchar)
        || ' usage events belong to groups that no account is known for, so '
        || cast(cast(round(100 * (1 - mapped_share)) as integer) as varchar) || ' % of usage counts for nobody. '
        || 'Send `groups` calls with a domain or CRM id, or land a mapping file beside the events.' as message,
        'usage' as subject
    from core.usage_mapping
    where events > mapped_events
),

-- Usage has its own warning above.
orphaned_rows as (
    select
        'ORPHANS' as code,
        case when share >= 0.1 then 'warning' else 'info' end as severity,
        cast(rows_orphaned as varchar) || ' of ' || cast(rows_total as varchar) || ' rows of kind ' || kind
        || ' name an account that is in no account file, so they count for nobody. '
        || 'Land the account export that goes with them, or check their ids and domains.' as message,
        kind as subject
    from core.orphans
    where rows_orphaned > 0 and kind <> 'usage_event'
),

unusable_ids as (
    select
        coalesce(sum(case when length(salesforce_account_id) <> 18 then 1 else 0 end), 0) as salesforce_ids,
        coalesce(sum(case
            when coalesce(cast(try_cast(hubspot_company_id as bigint) as varchar), '') <> hubspot_company_id then 1
            else 0
        end), 0) as hubspot_ids
    from core.accounts
),

record_ids as (
    select
        'UNUSABLE_RECORD_ID' as code,
        'warning' as severity,
        cast(salesforce_ids as varchar)
        || ' accounts have a Salesforce Id that is not 18 characters long, so their tiers cannot be written back. '
        || 'Export the Account object again with its Id.' as message,
        'salesforce' as subject
    from unusable_ids
    where salesforce_ids > 0
    union all
    select
        'UNUSABLE_RECORD_ID' as code,
        'warning' as severity,
        cast(hubspot_ids as varchar)
        || ' accounts have a HubSpot Record ID that is no number, so their tiers cannot be written back. '
        || 'Export companies again with Record ID.' as message,
        'hubspot' as subject
    from unusable_ids
    where hubspot_ids > 0
),

findings as (
    select code, severity, message, subject from held_files
    union all
    select code, severity, message, subject from missing_sources
    union all
    select code, severity, message, subject from rejected_rows
    union all
    select code, severity, message, subject from rejected_amounts
    union all
    select code, severity, message, subject from conflicts
    union all
    select code, severity, message, subject from unmapped_usage
    union all
    select code, severity, message, subject from orphaned_rows
    union all
    select code, severity, message, subject from record_ids
)

select
    -- What kind of finding. #not_null
    findings.code,
    -- Whether somebody should act or just know. #not_null #accepted[warning,info]
    findings.severity,
    -- What was found and what to do next, in a sentence or two. #not_null
    findings.message,
    -- What it is about: a file, a domain, a record.
    findings.subject
from findings
