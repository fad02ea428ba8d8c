-- One row per finding about how deals count: renewals, import days, deals lost by their age.
with
closed_deals as (
    select
        deal_id,
        deal_role,
        created_at,
        created_at is not null and closed_at is not null and opened_on is null as is_imported,
        coalesce(cast(created_at as date) > closed_at, false) as is_late
    from core.deals
    where is_closed
),

deal_counts as (
    select
        count(*) as deals,
        sum(case when deal_role = 'existing_business' then 1 else 0 end) as existing,
        sum(case when deal_role = 'parallel' then 1 else 0 end) as parallel,
        sum(case when is_imported then 1 else 0 end) as imported,
        sum(case when is_late then 1 else 0 end) as late
    from closed_deals
),

existing_business as (
    select
        'EXISTING_BUSINESS' as code,
        'info' as severity,
        cast(existing + parallel as varchar) || ' of ' || cast(deals as varchar) || ' closed deals are not new business ('
        || case
            when existing > 0
                then cast(existing as varchar) || ' opened while the account was a customer, or existing business by icp.yaml'
            else ''
        end
        || case when existing > 0 and parallel > 0 then '; ' else '' end
        || case
            when parallel > 0 then cast(parallel as varchar) || ' open when another deal made it a customer'
            else ''
        end
        || '). Win rates and the chance of being won exclude them. If they are new business, name their type, pipeline '
        || 'or record type under deals.new_business in icp.yaml.' as message,
        'deals' as subject
    from deal_counts
    where existing + parallel > 0
),

import_days as (
    select
        cast(created_at as date) as created_on,
        count(*) as deals,
        row_number() over (order by count(*) desc, cast(created_at as date) asc) as place
    from closed_deals
    where is_imported
    group by cast(created_at as date)
),

import_dates as (
    select
        'IMPORT_DATES' as code,
        case when deal_counts.imported >= 0.1 * deal_counts.deals then 'warning' else 'info' end as severity,
        cast(deal_counts.late as varchar) || ' of ' || cast(deal_counts.deals as varchar)
        || ' closed deals were created after they closed'
        || case
            when deal_counts.imported > deal_counts.late
                then ', and ' || cast(deal_counts.imported - deal_counts.late as varchar) || ' more on the same days'
            else ''
        end
        || ' (most on ' || cast(import_days.created_on as varchar)
        || '): an import set that day, so it counts as unknown, the close date is used instead, and there is no sales cycle. '
        || 'Land the original dates if you have them.' as message,
        'deals' as subject
    from deal_counts
    cross join import_days
    where import_days.place = 1
),

aged_deals as (
    select
        deals.source_system,
        lost_after.days,
        count(*) as deals,
        sum(case when deals.is_lost_by_age then 1 else 0 end) as lost,
        sum(case when not deals.is_closed and deals.created_at is null then 1 else 0 end) as undated
    from core.deals as deals
    inner join settings.lost_after on deals.source_system = lost_after.source_name
    group by deals.source_system, lost_after.days
),

lost_by_age as (
    select
        'LOST_BY_AGE' as code,
        'info' as severity,
        cast(lost as varchar) || ' of ' || cast(deals as varchar) || ' deals of ' || source_system
        || ' count as lost, because nobody closed them within ' || cast(days as varchar)
        || ' days (lost_after_days in icp.yaml)'
        || case
            when undated > 0
                then '; ' || cast(undated as varchar) || ' have no creation date and stay open: map created_at'
            else ''
        end
        || '.' as message,
        source_system as subject
    from aged_deals
    where lost + undated > 0
),

findings as (
    select code, severity, message, subject from existing_business
    union all
    select code, severity, message, subject from import_dates
    union all
    select code, severity, message, subject from lost_by_age
)

select
    -- #not_null #accepted[EXISTING_BUSINESS,IMPORT_DATES,LOST_BY_AGE]
    findings.code,
    findings.severity,
    findings.message,
    -- `deals`, or their source. #not_null #unique_with[code]
    findings.subject
from findings
