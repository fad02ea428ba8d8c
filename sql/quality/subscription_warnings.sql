-- One row per finding about a file's subscriptions: lines of one id that differ, statuses that are unknown or unpaid.
with
subscriptions_by_file as (
    select
        source_path,
        sum(case when items > 1 then 1 else 0 end) as with_items,
        sum(case when differing_lines > 0 then 1 else 0 end) as with_differing_lines,
        sum(differing_lines) as differing_lines,
        sum(case
            when
                replace(replace(subscription_status, '_', ''), ' ', '') in ('paused', 'unpaid')
                then 1
            else 0
        end) as not_paid,
        sum(case when billing_interval = 'once' then 1 else 0 end) as once,
        sum(case when status_kind = 'unknown' then 1 else 0 end) as unknown,
        min(case when status_kind = 'unknown' then subscription_status end) as first_unknown
    from staging.subscriptions
    group by source_path
),

subscription_findings as (
    select
        'SUBSCRIPTION_ITEMS' as code,
        'info' as severity,
        cast(with_items as varchar) || ' subscriptions of ' || source_path
        || ' have several lines with different plans: their amounts were added up.' as message,
        source_path as subject
    from subscriptions_by_file
    where with_items > 0
    union all
    select
        'DIFFERING_LINES' as code,
        'warning' as severity,
        cast(differing_lines as varchar) || ' lines of ' || source_path || ' repeat the id of '
        || cast(with_differing_lines as varchar) || ' subscriptions with the same plan and other values, or with another '
        || 'status: the last line of each id counts. Export one line per subscription or plan.' as message,
        source_path as subject
    from subscriptions_by_file
    where differing_lines > 0
    union all
    select
        'SUBSCRIPTIONS_NOT_COUNTED' as code,
        'info' as severity,
        source_path || ' has subscriptions that are not recurring revenue: ' || cast(not_paid as varchar)
        || ' paused or unpaid, ' || cast(once as varchar) || ' charged once. If they are paid, map their status to '
        || 'active under `values:` in icp.yaml.' as message,
        source_path as subject
    from subscriptions_by_file
    where not_paid + once > 0
    union all
    select
        'UNKNOWN_STATUS' as code,
        'warning' as severity,
        cast(unknown as varchar) || ' subscriptions of ' || source_path || ' have an unknown status, such as '
        || first_unknown || ', and count as active. Map it under `values:` in icp.yaml, for example to active or '
        || 'canceled.' as message,
        source_path as subject
    from subscriptions_by_file
    where unknown > 0
)

select
    -- #not_null #accepted[SUBSCRIPTION_ITEMS,DIFFERING_LINES,SUBSCRIPTIONS_NOT_COUNTED,UNKNOWN_STATUS]
    subscription_findings.code,
    subscription_findings.severity,
    subscription_findings.message,
    -- The file. #not_null #unique_with[code]
    subscription_findings.subject
from subscription_findings
