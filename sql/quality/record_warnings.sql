-- One row per finding about records that do not fit together: conflicting keys, rows without a known account, rows
-- after the as-of date, ids that cannot be written back.
with
conflicts as (
    select code, 'warning' as severity, message, subject
    from core.key_conflicts
),

unmapped_usage as (
    select
        'UNMAPPED_USAGE' as code,
        case when mapped_share < 0.9 then 'warning' else 'info' end as severity,
        cast(events - mapped_events as varchar) || ' of ' || cast(events as varchar)
        || ' usage events belong to groups without a known account, so '
        || cast(cast(round(100 * (1 - mapped_share)) as integer) as varchar) || ' % of usage counts for no account. '
        || 'Send `groups` calls with a domain or CRM id, or land usage/group_map.csv.' as message,
        'usage' as subject
    from core.usage_mapping
    where events > mapped_events
),

-- Usage has its own warning above. Most website visitors are in no CRM; it is a finding only if all are missing.
orphaned_rows as (
    select
        'ORPHANS' as code,
        case
            when kind = 'web_event' then case when rows_orphaned = rows_total then 'warning' else 'info' end
            when share >= 0.1 then 'warning'
            else 'info'
        end as severity,
        cast(rows_orphaned as varchar) || ' of ' || cast(rows_total as varchar) || ' rows of kind ' || kind
        || ' name an account that is in no account file, so they are not counted. '
        || 'Land the matching account export, or check their ids and domains.' as message,
        kind as subject
    from core.orphans
    where rows_orphaned > 0 and kind <> 'usage_event'
),

deals_without_company as (
    select
        'DEALS_WITHOUT_COMPANY' as code,
        'warning' as severity,
        source_path || ' names no company for any of its ' || cast(count(*) as varchar) || ' deals, so they are not '
        || 'counted. Export them with the column ''Associated Company IDs (Primary)'', or with ''companies'' from the '
        || 'API.' as message,
        source_path as subject
    from staging.hubspot_deals
    group by source_path
    having count(hubspot_company_id) = 0
),

later_rows as (
    select
        'AFTER_AS_OF' as code,
        case when contradictory_rows > 0 then 'warning' else 'info' end as severity,
        path || ' has rows of kind ' || kind || ' dated (' || event || ') after the day of the run: '
        || cast(later_rows as varchar) || ', the last on ' || cast(last_date as varchar)
        || case
            when event = 'closed' then '; these deals count as open until then.'
            else '; they do not count yet.'
        end
        || case
            when contradictory_rows > 0
                then
                    ' The CRM already calls these closed: ' || cast(contradictory_rows as varchar)
                    || '. Correct their close dates there.'
            else ''
        end as message,
        path as subject
    from quality.later_records
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
        || ' accounts have a HubSpot Record ID that is not a number, so their tiers cannot be written back. '
        || 'Export companies again with Record ID.' as message,
        'hubspot' as subject
    from unusable_ids
    where hubspot_ids > 0
),

findings as (
    select code, severity, message, subject from conflicts
    union all
    select code, severity, message, subject from unmapped_usage
    union all
    select code, severity, message, subject from orphaned_rows
    union all
    select code, severity, message, subject from deals_without_company
    union all
    select code, severity, message, subject from later_rows
    union all
    select code, severity, message, subject from record_ids
)

select
    -- #not_null
    findings.code,
    findings.severity,
    findings.message,
    -- What it is about: a file, a kind of row, a domain, a record.
    findings.subject
from findings
