-- One row per file, kind and event with rows dated after the as-of date: they do not count yet. A run for an earlier
-- day has many; in a run for today each is a mistake, a time zone, or a plan.
with
dated_rows as (
    select 'account' as kind, 'created' as event, source_path, created_at as dated, cast(null as varchar) as modified_at
    from lake.salesforce_account
    union all
    select 'account' as kind, 'created' as event, source_path, created_at as dated, null as modified_at
    from lake.hubspot_company
    union all
    select 'account' as kind, 'created' as event, source_path, created_at as dated, null as modified_at
    from lake.account
    union all
    select 'deal' as kind, 'created' as event, source_path, created_at as dated, null as modified_at
    from lake.salesforce_opportunity
    union all
    select 'deal' as kind, 'created' as event, source_path, created_at as dated, null as modified_at
    from lake.hubspot_deal
    union all
    select 'deal' as kind, 'created' as event, source_path, created_at as dated, null as modified_at
    from lake.deal
    union all
    select 'deal' as kind, 'closed' as event, source_path, close_date as dated, modified_at
    from lake.salesforce_opportunity
    where is_closed = 'true' or is_won = 'true'
    union all
    select 'deal' as kind, 'closed' as event, source_path, close_date as dated, modified_at
    from lake.hubspot_deal
    where is_closed = 'true' or is_closed_won = 'true'
    union all
    select 'deal' as kind, 'closed' as event, source_path, close_date as dated, modified_at
    from lake.deal
    where is_closed = 'true' or is_won = 'true'
    union all
    select
        'subscription' as kind, 'started' as event, source_path, coalesce(started_at, created_at) as dated,
        null as modified_at
    from lake.subscription
    union all
    select 'survey_response' as kind, 'given' as event, source_path, responded_at as dated, null as modified_at
    from lake.survey_response
    union all
    select 'ticket' as kind, 'created' as event, source_path, created_at as dated, null as modified_at
    from lake.ticket
    union all
    select 'funding_round' as kind, 'announced' as event, source_path, announced_on as dated, null as modified_at
    from lake.funding_round
    union all
    select 'trigger' as kind, 'happened' as event, source_path, happened_on as dated, null as modified_at
    from lake.trigger
    union all
    select 'engagement' as kind, 'happened' as event, source_path, happened_on as dated, null as modified_at
    from lake.engagement
    union all
    select 'web_event' as kind, 'happened' as event, source_path, occurred_at as dated, null as modified_at
    from lake.web_event
),

usage_days as (
    select source_path, usage_date, events from lake.usage_daily
    union all
    select source_path, usage_date, events from lake.usage_count
),

later_rows as (
    select
        dated_rows.kind,
        dated_rows.event,
        dated_rows.source_path,
        cast(try_cast(dated_rows.dated as timestamp) as date) as dated_on,
        1 as n,
        case when cast(try_cast(dated_rows.modified_at as timestamp) as date) <= run.as_of then 1 else 0 end
            as is_contradictory
    from dated_rows
    cross join settings.run as run
    where cast(try_cast(dated_rows.dated as timestamp) as date) > run.as_of
    union all
    select
        'usage_event' as kind, 'happened' as event, usage_days.source_path, usage_days.usage_date as dated_on,
        usage_days.events as n, 0 as is_contradictory
    from usage_days
    cross join settings.run as run
    where usage_days.usage_date > run.as_of
)

select
    -- Landed file. #not_null
    source_path as path,
    -- Kind of record. #not_null #unique_with[path,event]
    kind,
    -- What the date is of: created, closed, started, given, announced or happened. #not_null
    event,
    -- Rows (for usage: events) dated after the as-of date. #not_null #between[1,1000000000000]
    cast(sum(n) as bigint) as later_rows,
    -- Those last modified by the as-of date that still claim a later close. #not_null
    cast(sum(is_contradictory) as bigint) as contradictory_rows,
    -- The latest of these dates. #not_null
    max(dated_on) as last_date
from later_rows
group by source_path, kind, event
